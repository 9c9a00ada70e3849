/** Machines of `lab up 2 --head`. The job is the head's, and moves from n1 to n2. */
export const MACHINES = ['head', 'n1', 'n2'] as const;
export type Machine = (typeof MACHINES)[number];

/** Memory that is full: where the machine keeps its state, what a guest's images have, or all of it. */
export type Store = 'run' | 'images' | 'memory';

/** What goes wrong. */
export type Blow =
  | { readonly kind: 'agent' | 'relay' | 'power'; readonly machine: Machine }
  /** In order, by its owner. */
  | { readonly kind: 'reboot'; readonly machine: 'head' }
  /** Killed so long after it began. */
  | { readonly kind: 'criu'; readonly machine: Machine; readonly after: number }
  /** In silence: all of a machine's, or what is between two. */
  | { readonly kind: 'cut'; readonly of: readonly [Machine, Machine?]; readonly seconds: number }
  | { readonly kind: 'full'; readonly machine: Machine; readonly store: Store; readonly seconds: number };

/** An operation of a host as home's agent asks for it (`home.dump`) or as the host's does it (`host.dump`); with `.done`, after it. */
export interface Place {
  readonly machine: Machine;
  readonly operation: string;
}

/** What may become of the job; `lost` names the host that its deputy must name. */
export type Fate = 'whole' | 'ends with home' | { readonly lost: Machine } | { readonly mayBeLost: Machine };

/** A job on n1, what goes wrong, and what may become of it. */
export interface Trial {
  /** When the move comes there, before a move, or with none. */
  readonly when: Place | 'before' | 'away';
  /** There the move fails, so that it is aborted, and `when` is in that. */
  readonly fails?: Place;
  readonly blow: Blow;
  readonly fate: Fate;
  /** The move must not succeed. */
  readonly stays?: true;
  /** Has the job a lock on its file? Then there are more steps. */
  readonly locks: boolean;
  /** Of `plumpos run`. */
  readonly options?: string;
}

/** What the agent at the place does itself, at that very moment; missing: it holds, and the blow comes from outside. */
export function ownBlow({ when, blow }: Pick<Trial, 'when' | 'blow'>): string | undefined {
  if (typeof when === 'string' || !('machine' in blow) || blow.machine !== when.machine) return undefined;
  if (blow.kind === 'agent') return 'kill';
  if (blow.kind === 'power') return 'power';
  return blow.kind === 'criu' ? `criu ${blow.after}` : undefined;
}

/** Is everything of home's gone with this? */
export function takesHomeAway(blow: Blow): boolean {
  return blow.kind === 'reboot' || (blow.kind === 'power' && blow.machine === 'head');
}
