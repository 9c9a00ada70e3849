import { LOST_STATUS, type Wrong } from '../../helpers/faulty-move/verdict.ts';

/** How one case went. */
export interface Result {
  readonly name: string;
  readonly seconds: number;
  /** Did the move succeed? Missing: there was none, or nobody knows. */
  readonly moved: boolean | undefined;
  /** Status of the deputy; missing: gone with its home, or never seen. */
  readonly status: number | undefined;
  readonly wrong: readonly Wrong[];
}

/** What `plumpos soak faults --json` prints. */
export interface FaultsReport {
  readonly seed: number;
  readonly seconds: number;
  readonly cases: number;
  readonly failed: readonly { readonly name: string; readonly wrong: readonly Wrong[] }[];
  /** Cases in which that is wrong. */
  readonly lost: number;
  readonly doubled: number;
  readonly leftOver: number;
  /** Cases that did not come to their end in time. */
  readonly hung: number;
  readonly moves: { readonly done: number; readonly failed: number };
  /** Jobs that were rightly gone with their host. */
  readonly gone: number;
}

export function reportOf(results: readonly Result[], seed: number, seconds: number): FaultsReport {
  const failed = results.filter(({ wrong }) => wrong.length > 0);
  const having = (kind: Wrong['kind']) => failed.filter(({ wrong }) => wrong.some((one) => one.kind === kind)).length;
  return {
    seed,
    seconds: Math.round(seconds),
    cases: results.length,
    failed: failed.map(({ name, wrong }) => ({ name, wrong })),
    lost: having('lost'),
    doubled: having('doubled'),
    leftOver: having('left over'),
    hung: having('hangs'),
    moves: {
      done: results.filter(({ moved }) => moved === true).length,
      failed: results.filter(({ moved }) => moved === false).length,
    },
    gone: results.filter(({ status, wrong }) => status === LOST_STATUS && wrong.length === 0).length,
  };
}

/** The line of a case. */
export function lineOf({ name, seconds, moved, status, wrong }: Result): string {
  const move = moved === undefined ? '' : moved ? ', moved' : ', not moved';
  const gone = wrong.length === 0 ? ', gone with its host' : `, status ${status}`;
  const end = status === LOST_STATUS ? gone : '';
  const how = wrong.length === 0 ? `ok      ${name}` : `FAILED  ${name}`;
  const why = wrong.map(({ kind, text }) => `; ${kind}: ${text.replaceAll(/\s+/g, ' ').trim()}`).join('');
  return `${how} (${seconds.toFixed(0)} s${move}${end})${why}`;
}

/** For people. */
export function reportText(report: FaultsReport): string {
  const { cases, failed, lost, doubled, leftOver, hung, moves, gone } = report;
  return [
    `cases    ${cases}, ${failed.length} failed: ${lost} lost, ${doubled} doubled, ${leftOver} left something over, ${hung} hung`,
    ...failed.map(({ name }) => `failed   ${name}`),
    `moves    ${moves.done} done, ${moves.failed} failed`,
    `jobs     ${gone} rightly gone with their host`,
    `seed ${report.seed}, ${report.seconds} s`,
    '',
  ].join('\n');
}
