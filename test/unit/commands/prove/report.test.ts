import test from 'ava';
import { type Experiment, play } from '#runtime/commands/prove/experiment.ts';
import { planOf } from '#runtime/commands/prove/plan.ts';
import { reportOf, reportText } from '#runtime/commands/prove/report.ts';
import type { PhaseRun } from '#runtime/commands/prove/run-loops.ts';

const row = (name: string, self: boolean) =>
  ({ name, overlay: `fd00::${name}`, state: 'alive', self, cpus: 1, speed: 10_000 }) as const;
const plan = planOf({ nodes: [row('n1', true), row('n2', false)], places: [{ overlay: 'fd00::n2' }] }, 1);

/** Runs of these seconds, the second of whose two loops has gone to n2 and printed what it should. */
function phase(seconds: number, ran: readonly string[] = ['n1', 'n2'], wrong?: string): PhaseRun {
  const second = { ran, seconds, right: wrong === undefined, ...(wrong === undefined ? {} : { wrong }) };
  return { seconds, moves: ran.length - 1, jobs: [{ ran: ['n1'], seconds, right: true }, second] };
}

const measured: Experiment = {
  held: phase(240.5, ['n1']),
  balanced: phase(126.4),
  byHand: phase(121.3, ['n2']),
  many: phase(122, ['n2']),
  idealSeconds: 120.25,
};

test('the same loops are held here, left to the balancer, placed by hand, and then there are some for all CPUs', async (t) => {
  const seen: unknown[] = [];
  const { idealSeconds } = await play(plan, async (_what, starts) => {
    seen.push(starts.map((options) => options.join(' ')));
    return phase(200);
  });
  t.deepEqual(seen, [
    ['--home --nomig', '--home --nomig'],
    ['--home', '--home'],
    ['--home --nomig', '--on fd00::n2 --nomig'],
    ['--best', '--best'],
  ]);
  t.is(idealSeconds, 100, 'two loops took 200 s on one CPU');
});

test('speed-up is held ÷ balanced, the ceiling held ÷ by hand', (t) => {
  const report = reportOf(plan, 120, 1_000_000, measured);
  t.like(report, { speedup: 1.9, ceiling: 1.98, expected: 2, busy: false, right: true, moves: 1, ofIdeal: 0.99 });
  t.deepEqual(report.times, { held: 240.5, balanced: 126.4, byHand: 121.3, many: 122, ideal: 120.25 });
  t.deepEqual(
    report.runs['balanced']?.jobs.map(({ ran }) => ran),
    [['n1'], ['n1', 'n2']],
  );
});

test('the figures come with a plot and where each loop was', (t) => {
  t.is(
    reportText(reportOf(plan, 120, 1_000_000, measured)),
    `held here ########################################   240.5 s
balanced  #####################                      126.4 s  n1, n1 > n2
by hand   ####################                       121.3 s  n1, n2
all CPUs  ####################                       122.0 s
ideal     ####################                       120.3 s

speed-up 1.90, ceiling 1.98: 96 % of it, with 1 move
all CPUs: 99 % of the ideal, 1 on n1, 1 on n2
every result is right
`,
  );
});

test('a ceiling below 1.9 is a busy host, and a wrong result is named', (t) => {
  const odd = { ...measured, byHand: phase(130), balanced: phase(140, ['n1', 'n2'], 'ended with 125: lost') };
  const report = reportOf(plan, 120, 1_000_000, odd);
  t.like(report, { ceiling: 1.85, busy: true, right: false });
  const text = reportText(report);
  t.regex(text, /^WRONG: balanced, loop 2 \(n1 > n2\) ended with 125: lost$/m);
  t.regex(text, /^note: the ceiling is below 1\.90: something else ran on these machines, or on the host they share$/m);
  t.notRegex(text, /every result/);
});
