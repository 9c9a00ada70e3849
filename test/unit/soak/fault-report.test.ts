import test from 'ava';
import { lineOf, reportOf, reportText, type Result } from '../../soak/faults/report.ts';

const right: Result = { name: 'host.dump: agent n1', seconds: 61.4, moved: false, status: 7, wrong: [] };
const gone: Result = { name: 'away: power n1', seconds: 80, moved: undefined, status: 125, wrong: [] };
const bad: Result = {
  name: 'host.go: cut n1-n2 20 s',
  seconds: 99,
  moved: true,
  status: 125,
  wrong: [
    { kind: 'lost', text: 'it ended with 125: no agent' },
    { kind: 'left over', text: 'guest 0123abcd-2 on n1' },
    { kind: 'left over', text: 'criu 812 on n1' },
  ],
};
const hung: Result = {
  name: 'host.quiet: agent n2',
  seconds: 900,
  moved: undefined,
  status: undefined,
  wrong: [{ kind: 'hangs', text: 'it hangs' }],
};

test('a line tells how a case went, and what is wrong', (t) => {
  t.is(lineOf(right), 'ok      host.dump: agent n1 (61 s, not moved)');
  t.is(lineOf(gone), 'ok      away: power n1 (80 s, gone with its host)');
  t.is(
    lineOf(bad),
    'FAILED  host.go: cut n1-n2 20 s (99 s, moved, status 125); lost: it ended with 125: no agent; ' +
      'left over: guest 0123abcd-2 on n1; left over: criu 812 on n1',
  );
});

test('the report counts cases, not what is wrong in each, and names those that failed', (t) => {
  const report = reportOf([right, gone, bad, hung], 7, 1140.4);
  t.like(report, {
    seed: 7,
    seconds: 1140,
    cases: 4,
    lost: 1,
    doubled: 0,
    leftOver: 1,
    hung: 1,
    moves: { done: 1, failed: 1 },
    gone: 1,
  });
  t.deepEqual(
    report.failed.map(({ name }) => name),
    [bad.name, hung.name],
  );
  t.is(
    reportText(report),
    `cases    4, 2 failed: 1 lost, 0 doubled, 1 left something over, 1 hung
failed   host.go: cut n1-n2 20 s
failed   host.quiet: agent n2
moves    1 done, 1 failed
jobs     1 rightly gone with their host
seed 7, 1140 s
`,
  );
});
