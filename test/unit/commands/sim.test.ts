import test from 'ava';
import { runProgram } from '#runtime/base/cli.ts';
import type { Io } from '#runtime/base/verb.ts';
import { simVerb } from '#runtime/commands/sim.ts';

async function sim(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => void (out += text),
    err: (line) => void (err += `${line}\n`),
    env: {},
    cwd: '/',
    interactive: false,
    terminal: false,
    signal: new AbortController().signal,
  };
  const status = await runProgram({ verbs: [simVerb], examples: [], version: '0' }, ['sim', ...words], io);
  return { status, out, err };
}

test('sim --json prints a line for each rule, ours last, the same for the same seed', async (t) => {
  const { status, out } = await sim('--nodes', '6', '--jobs', '24', '--seed', '3', '--json');
  t.is(status, 0);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.deepEqual(
    lines.map(({ rule }) => rule),
    ['mosix', 'plumpos'],
  );
  const wanted = ['convergence_s', 'moves', 'min_moves', 'max_hops', 'imbalance', 'messages', 'bytes_per_s_per_node'];
  for (const name of wanted) t.is(typeof lines.at(-1)?.[name], 'number', name);
  t.is((await sim('--nodes', '6', '--jobs', '24', '--seed', '3', '--json')).out, out);
});

test('sim shows both rules side by side, and a shipped scenario by its name', async (t) => {
  const { out } = await sim('--scenario', '2/2');
  t.regex(out, /^2\/2 +plumpos +mosix\n/);
  t.regex(out, /\nmoves +1 +1\n/);
});

test('a scenario that is not there is an error that names those that ship', async (t) => {
  const { status, err } = await sim('--scenario', 'morning');
  t.is(status, 78);
  t.regex(err, /evening/);
});
