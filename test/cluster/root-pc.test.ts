import path from 'node:path';
import test from 'ava';
import { startAvaPc } from '#builder/lab/ava-in-pc.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Mounts something, which is root's. */
const ONE = 'test/integration/remove-folder.test.ts';

test('who is not root has the tests that are root’s in a virtual PC', async (t) => {
  const { signal } = new AbortController();
  await using pc = await startAvaPc(root, { env: process.env, signal, notice: (text) => t.log(text) });
  const said: string[] = [];
  const ava = pc.start(['--tap', '--fail-fast', ONE]);
  for await (const line of ava.lines) said.push(line);
  const { status, stderr } = await ava.ended();
  t.is(status, 0, stderr);
  t.regex(said.join('\n'), /^ok 1 - leaving deletes nothing/m);
});
