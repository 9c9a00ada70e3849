import { seededRandom } from '#runtime/base/seeded-random.ts';
import { type JobPlan, type KindName, KINDS } from './kinds.ts';

/** The room a soak is about. */
export interface Stage {
  /** Member all jobs are of; its power is never cut. */
  readonly home: string;
  readonly nodes: readonly string[];
  /** Jobs at once. */
  readonly slots: number;
}

/** What is done next. */
export type Action =
  /** `to` is where it goes when it is not there already: then the next member in order. */
  { readonly kind: 'move'; readonly slot: number; readonly to: string } | Fault;

/** What goes wrong, `delayMs` after what was done before: in the middle of a move or in none. */
export type Fault = { readonly delayMs: number } & (
  | { readonly kind: 'agent'; readonly member: string }
  | { readonly kind: 'cut'; readonly member: string; readonly other: string | undefined; readonly seconds: number }
  | { readonly kind: 'power'; readonly member: string; readonly seconds: number }
);

/** Of a hundred actions. */
const SHARES = { agent: 7, cut: 7, power: 4 } as const;
const LONGEST_DELAY_MS = 10_000;
/** Shorter than what a host may be silent (120 s) by far, since an emulated room on a busy machine is slow to speak again. */
const CUT_SECONDS = [2, 20] as const;
const OFF_SECONDS = [1, 30] as const;

/** The same for the same seed, however long the jobs and moves of one run take. */
export function* actions(stage: Stage, seed: number): Generator<Action, never> {
  const random = seededRandom(seed);
  for (;;) yield nextAction(stage, random);
}

function nextAction(stage: Stage, random: () => number): Action {
  const members = [stage.home, ...stage.nodes];
  const dice = random() * 100;
  if (dice >= SHARES.agent + SHARES.cut + SHARES.power)
    return { kind: 'move', slot: between([0, stage.slots - 1], random), to: pick(members, random) };
  const delayMs = between([0, LONGEST_DELAY_MS], random);
  if (dice < SHARES.power)
    return { kind: 'power', member: pick(stage.nodes, random), seconds: between(OFF_SECONDS, random), delayMs };
  if (dice < SHARES.power + SHARES.agent) return { kind: 'agent', member: pick(members, random), delayMs };
  return { kind: 'cut', ...cable(stage, random), seconds: between(CUT_SECONDS, random), delayMs };
}

/** A member's link to all others, or that between two. */
function cable({ home, nodes }: Stage, random: () => number): { member: string; other: string | undefined } {
  const member = pick(nodes, random);
  const others = [undefined, home, ...nodes.filter((one) => one !== member)];
  return { member, other: pick(others, random) };
}

/** The jobs of one slot, one after the other. */
export function* jobsOf(slot: number, seed: number): Generator<JobPlan, never> {
  const random = seededRandom(seed + 7919 * (slot + 1));
  for (let nth = 1; ; nth++) {
    const kind = pick(Object.keys(KINDS) as KindName[], random);
    const where = random() < 0.25 ? '--home' : '--best';
    yield { id: `s${slot}-${nth}`, kind, where, ticks: between(KINDS[kind].ticks, random) };
  }
}

/** Where a job goes that is on `from`: to where it was to go, or to the next one. */
export function destination({ home, nodes }: Stage, to: string, from: string): string {
  const members = [home, ...nodes];
  if (to !== from) return to;
  return members[(members.indexOf(to) + 1) % members.length] as string;
}

function between([least, most]: readonly [number, number], random: () => number): number {
  return least + Math.floor(random() * (most - least + 1));
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}
