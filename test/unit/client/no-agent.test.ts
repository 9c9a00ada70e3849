import test from 'ava';
import { noAgent } from '#runtime/client/no-agent.ts';

const failed = (code: string) =>
  Object.assign(new Error(`connect ${code}`), { code, address: '/run/plumpos/agent.sock' });

test('a socket that may not be opened is not told as a missing agent', (t) => {
  const error = noAgent(failed('EACCES'));
  t.is(error.code, 'PLUMP_DENIED');
  t.regex(error.message, /\/run\/plumpos\/agent\.sock, may not be opened by this user/);
  t.regex(error.hint ?? '', /ls -ld \/run\/plumpos:/);
});

test('no socket, or one that nobody listens at: no agent runs', (t) => {
  for (const code of ['ENOENT', 'ECONNREFUSED']) t.is(noAgent(failed(code)).code, 'PLUMP_NO_AGENT');
});
