import test from 'ava';
import { moveResult } from '../../soak/migrate/move-result.ts';
import { reportOf, reportText, type Tally } from '../../soak/migrate/report.ts';

const done = (frozenMs: number, totalMs: number) =>
  ({ kind: 'done', from: 'n1', to: 'n2', frozenMs, totalMs }) as const;

test('what migrate printed is a move done, refused or failed, and equal causes are one', (t) => {
  const stdout = '{"id":"0123abcd","pid":7,"from":"n1","to":"n2","bytes":5,"frozenMs":700,"totalMs":9000}\n';
  t.deepEqual(moveResult({ status: 0, stdout, stderr: '' }), done(700, 9000));
  const failed = (stderr: string, status = 1) => moveResult({ status, stdout: '', stderr });
  t.deepEqual(failed('plumpos: 4711 is being moved already (PLUMP_BUSY)\n', 75), {
    kind: 'refused',
    cause: '… is being moved already',
  });
  t.deepEqual(failed('plumpos: n2 is dead (PLUMP_REFUSED)\n  a hint\n'), { kind: 'refused', cause: 'n2 is dead' });
  t.deepEqual(failed('plumpos: n2 (fd00::1) did not answer within 1.5 s (PLUMP_UNREACHABLE)\n', 75), {
    kind: 'failed',
    cause: 'n2 (fd00::…) did not answer within … s',
  });
  t.deepEqual(failed('', 255), { kind: 'failed', cause: 'status 255' });
});

test('the report counts moves by their causes, and jobs by their fates', (t) => {
  const tally: Tally = {
    moves: [
      ...Array.from({ length: 100 }, (_, index) => done(index + 1, 10 * (index + 1))),
      { kind: 'refused', cause: 'n2 is dead' },
      { kind: 'refused', cause: 'n2 is dead' },
      { kind: 'failed', cause: 'criu failed' },
    ],
    verdicts: [{ fate: 'right' }, { fate: 'right' }, { fate: 'gone' }, { fate: 'lost', why: 'status 1: ' }],
    faults: { cut: 2 },
    leftOver: [],
  };
  const report = reportOf(tally, 7, 61.4);
  t.deepEqual(report, {
    seed: 7,
    seconds: 61,
    moves: { done: 100, refused: 2, failed: 1 },
    causes: { refused: { 'n2 is dead': 2 }, failed: { 'criu failed': 1 } },
    freezeMs: { p50: 50, p99: 99 },
    totalMs: { p50: 500, p99: 990 },
    faults: { cut: 2 },
    jobs: { right: 2, gone: 1 },
    lost: 1,
    doubled: 0,
    leftOver: [],
  });
  t.is(
    reportText(report),
    `moves    100 done, 2 refused, 1 failed
         refused: 2 × n2 is dead
         failed: 1 × criu failed
frozen   p50 0.1 s, p99 0.1 s
whole    p50 0.5 s, p99 1.0 s
faults   2 × cut
jobs     2 right, 1 gone with their host, 1 lost, 0 doubled
seed 7, 61 s
`,
  );
});

test('a soak in which nothing moved has a report, too', (t) => {
  const { freezeMs, moves } = reportOf({ moves: [], verdicts: [], faults: {}, leftOver: [] }, 1, 0);
  t.deepEqual({ freezeMs, moves }, { freezeMs: { p50: 0, p99: 0 }, moves: { done: 0, refused: 0, failed: 0 } });
});
