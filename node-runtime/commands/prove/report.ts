import type { Experiment } from './experiment.ts';
import { type Machine, type ProvePlan, remarksOf } from './plan.ts';
import type { LoopRun, PhaseRun } from './run-loops.ts';

/** What `plumpos prove --json` prints. Times are seconds. */
export interface ProveReport {
  readonly home: string;
  readonly members: readonly Pick<Machine, 'name' | 'cpus' | 'speed'>[];
  /** That a loop was to take alone, and the rounds it therefore goes. */
  readonly seconds: number;
  readonly rounds: number;
  /** Has every loop printed what it should? */
  readonly right: boolean;
  /** Held ÷ balanced. */
  readonly speedup: number;
  /** Held ÷ placed by hand. */
  readonly ceiling: number;
  /** The ceiling of idle machines. */
  readonly expected: number;
  /** The ceiling is lower than that: something else ran. */
  readonly busy: boolean;
  /** Of the loops that were started at home and left to the balancer. */
  readonly moves: number;
  readonly times: {
    readonly held: number;
    readonly balanced: number;
    readonly byHand: number;
    readonly many?: number;
    readonly ideal?: number;
  };
  /** Ideal ÷ many. */
  readonly ofIdeal?: number;
  readonly runs: Readonly<Record<string, PhaseRun>>;
  readonly remarks: readonly string[];
}

/** Two equal PCs that have nothing else to do come to 1.9 of 2. */
const IDLE_SHARE = 0.95;
const PLOT_WIDTH = 40;
/** Jobs whose ways are told in the plot. */
const MOST_WAYS = 4;

export function reportOf(plan: ProvePlan, seconds: number, rounds: number, measured: Experiment): ProveReport {
  const { held, balanced, byHand, many, idealSeconds: ideal } = measured;
  const runs = { held, balanced, byHand, ...(many === undefined ? {} : { many }) };
  const ceiling = held.seconds / byHand.seconds;
  const busy = ceiling < IDLE_SHARE * plan.expected;
  const both = many === undefined || ideal === undefined ? undefined : { many: many.seconds, ideal };
  return {
    home: plan.home.name,
    members: [plan.home, ...plan.others].map(({ name, cpus, speed }) => ({ name, cpus, speed })),
    seconds,
    rounds,
    right: Object.values(runs).every(({ jobs }) => jobs.every(({ right }) => right)),
    speedup: rounded(held.seconds / balanced.seconds),
    ceiling: rounded(ceiling),
    expected: rounded(plan.expected),
    busy,
    moves: balanced.moves,
    times: {
      held: rounded(held.seconds),
      balanced: rounded(balanced.seconds),
      byHand: rounded(byHand.seconds),
      ...(both === undefined ? {} : { many: rounded(both.many), ideal: rounded(both.ideal) }),
    },
    ...(both === undefined ? {} : { ofIdeal: rounded(both.ideal / both.many) }),
    runs: Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, roundedRun(run)])),
    remarks: [...remarksOf(plan), ...(busy ? [busyRemark(plan)] : [])],
  };
}

/** For people. */
export function reportText(report: ProveReport): string {
  const { times, runs, speedup, ceiling, moves, ofIdeal, remarks } = report;
  const rows: readonly (readonly [string, number | undefined, string])[] = [
    ['held here', times.held, ''],
    ['balanced', times.balanced, waysOf(runs['balanced'])],
    ['by hand', times.byHand, waysOf(runs['byHand'])],
    ['all CPUs', times.many, ''],
    ['ideal', times.ideal, ''],
  ];
  const most = Math.max(...rows.map(([, value]) => value ?? 0));
  const ofCeiling = Math.round((100 * speedup) / ceiling);
  return [
    ...rows.flatMap(([name, value, more]) => (value === undefined ? [] : [plotLine(name, value, most, more)])),
    '',
    `speed-up ${speedup.toFixed(2)}, ceiling ${ceiling.toFixed(2)}: ${ofCeiling} % of it, with ${moves} ${moves === 1 ? 'move' : 'moves'}`,
    ...(ofIdeal === undefined ? [] : [`all CPUs: ${Math.round(100 * ofIdeal)} % of the ideal, ${countText(report)}`]),
    ...(report.right ? ['every result is right'] : wrongLines(runs)),
    ...remarks.map((remark) => `note: ${remark}`),
    '',
  ].join('\n');
}

function busyRemark({ expected }: ProvePlan): string {
  const least = (IDLE_SHARE * expected).toFixed(2);
  return `the ceiling is below ${least}: something else ran on these machines, or on the host they share`;
}

function plotLine(name: string, value: number, most: number, more: string): string {
  const bar = '#'.repeat(Math.max(1, Math.round((PLOT_WIDTH * value) / most)));
  return `${name.padEnd(10)}${bar.padEnd(PLOT_WIDTH)} ${value.toFixed(1).padStart(7)} s  ${more}`.trimEnd();
}

function waysOf(run: PhaseRun | undefined): string {
  const ways = (run?.jobs ?? []).map(({ ran }) => ran.join(' > '));
  const more = ways.length > MOST_WAYS ? [`and ${ways.length - MOST_WAYS} more`] : [];
  return [...ways.slice(0, MOST_WAYS), ...more].join(', ');
}

/** How many loops were at last on which member. */
function countText({ runs }: ProveReport): string {
  const counts = new Map<string, number>();
  for (const { ran } of runs['many']?.jobs ?? []) {
    const name = ran.at(-1) ?? 'nowhere';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} on ${name}`).join(', ');
}

function wrongLines(runs: ProveReport['runs']): string[] {
  return Object.entries(runs).flatMap(([name, { jobs }]) =>
    jobs.flatMap(({ wrong, ran }, k) =>
      wrong === undefined ? [] : [`WRONG: ${name}, loop ${k + 1} (${ran.join(' > ')}) ${wrong}`],
    ),
  );
}

function roundedRun({ seconds, moves, jobs }: PhaseRun): PhaseRun {
  return {
    seconds: rounded(seconds),
    moves,
    jobs: jobs.map((job): LoopRun => ({ ...job, seconds: rounded(job.seconds) })),
  };
}

/** To hundredths. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
