import type { MoveResult } from './move-result.ts';
import type { Verdict } from './verdict.ts';

/** All that happened in a soak. */
export interface Tally {
  readonly moves: MoveResult[];
  readonly verdicts: Verdict[];
  /** How often each kind of fault was made. */
  readonly faults: Record<string, number>;
  /** Of jobs that are over, what is still somewhere. */
  readonly leftOver: string[];
}

/** What `plumpos soak migrate --json` prints. */
export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly moves: { readonly done: number; readonly refused: number; readonly failed: number };
  readonly causes: Readonly<Record<'refused' | 'failed', Readonly<Record<string, number>>>>;
  readonly freezeMs: Percentiles;
  readonly totalMs: Percentiles;
  readonly faults: Readonly<Record<string, number>>;
  readonly jobs: { readonly right: number; readonly gone: number };
  readonly lost: number;
  readonly doubled: number;
  readonly leftOver: readonly string[];
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export function reportOf(tally: Tally, seed: number, seconds: number): SoakReport {
  const of = <K extends MoveResult['kind']>(kind: K) =>
    tally.moves.filter((move): move is Extract<MoveResult, { kind: K }> => move.kind === kind);
  const fates = (fate: Verdict['fate']) => tally.verdicts.filter((verdict) => verdict.fate === fate).length;
  const [done, refused, failed] = [of('done'), of('refused'), of('failed')];
  return {
    seed,
    seconds: Math.round(seconds),
    moves: { done: done.length, refused: refused.length, failed: failed.length },
    causes: { refused: counted(refused), failed: counted(failed) },
    freezeMs: percentiles(done.map(({ frozenMs }) => frozenMs)),
    totalMs: percentiles(done.map(({ totalMs }) => totalMs)),
    faults: { ...tally.faults },
    jobs: { right: fates('right'), gone: fates('gone') },
    lost: fates('lost'),
    doubled: fates('doubled'),
    leftOver: [...tally.leftOver],
  };
}

/** For people. */
export function reportText(report: SoakReport): string {
  const { moves, jobs, freezeMs, totalMs } = report;
  const seconds = ({ p50, p99 }: Percentiles) => `p50 ${(p50 / 1000).toFixed(1)} s, p99 ${(p99 / 1000).toFixed(1)} s`;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, count]) => `${count} × ${name}`);
  return [
    `moves    ${moves.done} done, ${moves.refused} refused, ${moves.failed} failed`,
    ...list(report.causes.refused).map((line) => `         refused: ${line}`),
    ...list(report.causes.failed).map((line) => `         failed: ${line}`),
    `frozen   ${seconds(freezeMs)}`,
    `whole    ${seconds(totalMs)}`,
    `faults   ${list(report.faults).join(', ') || 'none'}`,
    `jobs     ${jobs.right} right, ${jobs.gone} gone with their host, ${report.lost} lost, ${report.doubled} doubled`,
    ...report.leftOver.map((what) => `left     ${what}`),
    `seed ${report.seed}, ${report.seconds} s`,
    '',
  ].join('\n');
}

function counted(moves: readonly { readonly cause: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { cause } of moves) counts[cause] = (counts[cause] ?? 0) + 1;
  return counts;
}

/** By nearest rank; 0 of nothing. */
function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}
