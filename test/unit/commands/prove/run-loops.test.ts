import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { runLoops } from '#runtime/commands/prove/run-loops.ts';
import type { ClusterEvent } from '#runtime/model/event.ts';
import type { JobView } from '#runtime/model/job.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-prove-'));
/** `plumpos run`, as far as the loops see it: the program, here. */
const STAND_IN = '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n';

test.before(() => {
  writeFileSync(path.join(folder, 'plumpos'), STAND_IN);
  chmodSync(path.join(folder, 'plumpos'), 0o755);
  process.env['PATH'] = `${folder}:${process.env['PATH']}`;
});
test.after.always(() => rmSync(folder, { recursive: true }));

/** A home that sees all loops on n1, the k-th with pid k, and says that these moved. */
function home(names: readonly string[], moved: readonly { pid: number; from: string; to: string }[] = []) {
  const views = names.map((name, k) => ({ pid: k + 1, host: 'n1', argv: ['awk', '-v', `loop=${name}`] }));
  const old = { seq: 4, type: 'job.moved', fields: { pid: 1, from: 'n3', to: 'n1' } };
  const new_ = moved.map((fields, k) => ({ seq: 5 + k, type: 'job.moved', fields }));
  return {
    events: async (after = 0) => (after === 0 ? [old] : new_) as unknown as ClusterEvent[],
    jobs: { list: async () => views as unknown as JobView[] },
  };
}

const shell = (script: string) => (name: string) => ['sh', '-c', script, `loop=${name}`];
const never = new AbortController().signal;

test('each loop tells where it was and whether its result is right, and the last one when all are done', async (t) => {
  const agent = home(['a-1', 'a-2'], [{ pid: 2, from: 'n1', to: 'n2' }]);
  const command = shell('sleep 1.2; echo 42');
  const run = await runLoops('a', [['--home'], ['--home']], {
    agent,
    as: 'caller',
    command,
    result: '42',
    signal: never,
  });
  t.deepEqual(
    run.jobs.map(({ ran, right }) => [ran, right]),
    [
      [['n1'], true],
      [['n1', 'n2'], true],
    ],
  );
  t.is(run.moves, 1);
  t.is(run.seconds, Math.max(...run.jobs.map(({ seconds }) => seconds)));
});

test('a loop that prints something else, or fails, is wrong, and says how', async (t) => {
  const command = (name: string) =>
    name === 'b-1' ? shell('echo 41')(name) : shell('echo lost with n2 >&2; exit 125')(name);
  const { jobs } = await runLoops('b', [[], []], {
    agent: home([]),
    as: 'caller',
    command,
    result: '42',
    signal: never,
  });
  t.deepEqual(
    jobs.map(({ wrong }) => wrong),
    ["printed '41' instead of 42", 'ended with 125: lost with n2'],
  );
});

test('Ctrl-C ends all loops before anything else is said', async (t) => {
  const stop = new AbortController();
  const file = path.join(folder, 'ended');
  const command = shell(`trap 'echo ended >>${file}; exit 1' TERM; while :; do sleep 0.1; done`);
  const run = runLoops('c', [[], []], { agent: home([]), as: 'caller', command, result: '', signal: stop.signal });
  await wait(500);
  stop.abort(new Error('stopped by SIGINT'));
  await t.throwsAsync(run, { message: 'stopped by SIGINT' });
  t.is(readFileSync(file, 'utf8'), 'ended\nended\n');
});
