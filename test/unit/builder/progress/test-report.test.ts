import test from 'ava';
import { jsonReport, textReport } from '#builder/progress/test-report.ts';
import { builderVerbs } from '#builder/commands/verbs.ts';
import { runProgram } from '#runtime/base/cli.ts';

function recorder() {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    env: {},
    cwd: '/',
    interactive: false,
    terminal: false,
    signal: new AbortController().signal,
    out: (text: string) => void out.push(text),
    err: (line: string) => void err.push(line),
  };
  return { io, out, err };
}

const GOOD = { kind: 'unit', name: 'a lease is renewed', passed: true, notes: '# 3 packets' };
const BAD = { kind: 'boot', name: 'BIOS CD', passed: false, notes: '  message: not ready\n# a console\n' };

test('a program that runs the tests gets an object for each, and the result as the last', (t) => {
  const { io, out, err } = recorder();
  const report = jsonReport(io);
  for (const one of [GOOD, BAD]) report.test(one);
  report.notice('in a virtual PC');
  report.kind('boot', 61.2);
  report.result(1, 1, 61.4);
  t.deepEqual(
    out.map((line) => JSON.parse(line) as unknown),
    [
      { event: 'test', kind: 'unit', name: 'a lease is renewed', passed: true },
      { event: 'test', kind: 'boot', name: 'BIOS CD', passed: false, notes: '  message: not ready\n# a console' },
      { event: 'notice', text: 'in a virtual PC' },
      { event: 'kind', kind: 'boot', seconds: 61 },
      { event: 'result', ok: false, passed: 1, failed: 1, seconds: 61 },
    ],
  );
  t.true(out.every((line) => line.endsWith('\n')));
  t.deepEqual(err, []);
});

test('who runs the tests sees each, failures again at the end, and the sum as the last line', (t) => {
  const { io, out, err } = recorder();
  const report = textReport(io);
  for (const one of [GOOD, BAD]) report.test(one);
  report.result(1, 1, 90);
  t.deepEqual(err, [
    'ok     unit: a lease is renewed',
    'FAILED boot: BIOS CD',
    '         message: not ready\n       # a console',
    'failed: boot: BIOS CD\n         message: not ready',
    '-- 1.5 minutes',
  ]);
  t.deepEqual(out, ['1 passed, 1 failed\n']);
});

test('a run of tests that cannot be says so as the last object, too', async (t) => {
  const { io, out } = recorder();
  const program = { verbs: builderVerbs, examples: [], version: '0' };
  t.is(await runProgram(program, ['test', 'unti', '--json'], io), 2);
  t.like(JSON.parse(out.join('')), { event: 'result', ok: false, code: 'PLUMP_USAGE' });
});
