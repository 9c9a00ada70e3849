import test from 'ava';
import { whoRuns } from '#runtime/commands/who-runs.ts';

const HINT = 'plumpos all --user NAME -- COMMAND';

test('root of a node is its only user, root of a head has to say who, and everybody else is herself', (t) => {
  t.is(whoRuns(undefined, 0, 'node', HINT), 'plump');
  t.is(whoRuns('plump', 0, 'node', HINT), 'plump');
  t.deepEqual(whoRuns('alice', 0, 'head', HINT), { user: 'alice' });
  t.throws(() => whoRuns(undefined, 0, 'head', HINT), {
    code: 'PLUMP_DENIED',
    message: /root's programs stay at home/,
  });
  t.is(whoRuns(undefined, 1000, 'head', HINT), 'caller');
});
