import { type JobPlan, KINDS, numbers, rightOutput } from './kinds.ts';

/** What is known of a job in the end. */
export interface Outcome {
  /** As its shell saw it; missing: it never ended. */
  readonly status: number | undefined;
  /** Lines. */
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** What the program appended to its file. */
  readonly seen: readonly string[];
  /** Members whose power was cut while they held it. */
  readonly killedHosts: readonly string[];
}

/** `right`: as if nothing had happened. `gone`: its host lost its power, and it says so. */
export type Verdict = { readonly fate: 'right' | 'gone' } | { readonly fate: 'lost' | 'doubled'; readonly why: string };

const LOST_STATUS = 125;

/** Exactly one outcome, and the right one? */
export function judge(plan: JobPlan, outcome: Outcome): Verdict {
  const { status, out, err, seen } = outcome;
  const twice = firstTwice(out) ?? firstTwice(seen);
  if (twice !== undefined) return { fate: 'doubled', why: `'${twice}' is there twice` };
  if (status === undefined) return lost('it has not ended');
  const rightSeen = KINDS[plan.kind].witness ? numbers(plan.ticks) : [];
  const wrong = difference(rightOutput(plan.ticks), out) ?? difference(rightSeen, seen);
  if (status === KINDS[plan.kind].status)
    return wrong === undefined ? { fate: 'right' } : lost(`${wrong}, with the right status`);
  if (status !== LOST_STATUS) return lost(`status ${status}: ${err.join(' ')}`);
  const named = outcome.killedHosts.some((host) => err.some((line) => new RegExp(`\\b${host}\\b`).test(line)));
  if (!named) return lost(`given up, though no host of its own lost its power: ${err.join(' ')}`);
  if (!isBeginning(rightOutput(plan.ticks), out)) return lost('wrong output before its host lost its power');
  return { fate: 'gone' };
}

function lost(why: string): Verdict {
  return { fate: 'lost', why };
}

function firstTwice(lines: readonly string[]): string | undefined {
  return lines.find((line, at) => lines.indexOf(line) < at);
}

function difference(right: readonly string[], lines: readonly string[]): string | undefined {
  const at = right.findIndex((line, index) => lines[index] !== line);
  if (at >= 0) return `line ${at + 1} is '${lines[at] ?? ''}' instead of '${right[at]}'`;
  return lines.length > right.length ? `'${lines[right.length]}' is too much` : undefined;
}

/** The last line may be torn. */
function isBeginning(right: readonly string[], lines: readonly string[]): boolean {
  const last = lines.at(-1) ?? '';
  const whole = lines.slice(0, -1);
  return whole.every((line, at) => line === right[at]) && (right[whole.length] ?? '').startsWith(last);
}
