import type { Verdict } from '../migrate/verdict.ts';
import type { IdleWatch } from './idle-watch.ts';

/** A move as its home told it. */
export interface Move {
  readonly id: string;
  /** Wall clock of home, ms. */
  readonly at: number;
  readonly totalMs: number;
  /** `load`, `memory`, `leave`; missing: by hand. */
  readonly why?: string;
}

/** All that was seen in a soak. */
export interface Tally {
  readonly moves: Move[];
  readonly verdicts: Verdict[];
  readonly idle: IdleWatch;
}

/** What `plumpos soak balance --json` prints. */
export interface BalanceReport {
  readonly seed: number;
  readonly seconds: number;
  readonly moves: Readonly<Record<string, number>>;
  readonly mostMovesInAMinute: number;
  readonly slowestMoveS: number;
  readonly idle: { readonly member: string; readonly seconds: number; readonly mostSeconds: number };
  readonly jobs: Readonly<Record<Verdict['fate'], number>>;
  /** What must not be. */
  readonly failed: readonly string[];
}

const MINUTE_MS = 60_000;
const MOST_IN_A_MINUTE = 2;
const PERIOD_S = 1;
const MOST_IDLE_PERIODS = 2;

export function reportOf({ moves, verdicts, idle }: Tally, seed: number, seconds: number): BalanceReport {
  const most = mostInAMinute(moves);
  const slowestMoveS = Math.max(0, ...moves.map(({ totalMs }) => totalMs)) / 1000;
  const mostSeconds = MOST_IDLE_PERIODS * PERIOD_S + slowestMoveS;
  const fates = (fate: Verdict['fate']) => verdicts.filter((verdict) => verdict.fate === fate).length;
  const wrong = verdicts.flatMap((verdict) => ('why' in verdict ? [`a job is ${verdict.fate}: ${verdict.why}`] : []));
  const gone = fates('gone') > 0 ? [`${fates('gone')} jobs are gone, though no power was cut`] : [];
  const { member, seconds: idleS } = idle.longest;
  return {
    seed,
    seconds: Math.round(seconds),
    moves: countedBy(moves.map(({ why }) => why ?? 'by hand')),
    mostMovesInAMinute: most,
    slowestMoveS,
    idle: { member, seconds: idleS, mostSeconds },
    jobs: { right: fates('right'), gone: fates('gone'), lost: fates('lost'), doubled: fates('doubled') },
    failed: [
      ...(most > MOST_IN_A_MINUTE ? [`a job moved ${most} times within a minute`] : []),
      ...(idleS > mostSeconds
        ? [
            `${member} was idle for ${idleS.toFixed(1)} s while another was crowded: ${mostSeconds.toFixed(1)} s at most`,
          ]
        : []),
      ...wrong,
      ...gone,
    ],
  };
}

/** For people. */
export function reportText(report: BalanceReport): string {
  const { moves, mostMovesInAMinute, slowestMoveS, idle, jobs, failed } = report;
  const list = Object.entries(moves).map(([why, count]) => `${count} ${why === 'by hand' ? why : `for ${why}`}`);
  const { member, seconds, mostSeconds } = idle;
  const longest = member === '' ? 'never' : `${member} for ${seconds.toFixed(1)} s`;
  return [
    `moves    ${list.join(', ') || 'none'}; ${mostMovesInAMinute} of one job in a minute at most; the slowest took ${slowestMoveS.toFixed(1)} s`,
    `idle     while another was crowded: ${longest} (${mostSeconds.toFixed(1)} s are let pass)`,
    `jobs     ${jobs.right} right, ${jobs.gone} gone, ${jobs.lost} lost, ${jobs.doubled} doubled`,
    ...failed.map((what) => `FAILED   ${what}`),
    `seed ${report.seed}, ${report.seconds} s`,
    '',
  ].join('\n');
}

/** Most moves of one job that ended within a minute. */
export function mostInAMinute(moves: readonly Move[]): number {
  const within = ({ id, at }: Move) =>
    moves.filter((other) => other.id === id && other.at >= at && other.at - at < MINUTE_MS).length;
  return Math.max(0, ...moves.map(within));
}

function countedBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
