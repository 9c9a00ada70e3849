import { boolean, type Decoded, integer, object, optional } from '../base/decoder.ts';
import { MOST_SPEED, STANDARD_SPEED } from './speed.ts';

/** Bounds of what gossip carries: an answer is no larger. */
const MOST = 2 ** 31 - 1;
const MOST_CPUS = 65_535;

/** What a member says of its load: its gossip carries it, and it answers it when it is asked. */
export const decodeLoadFigures = object({
  /** CPU wanted: 100 = one CPU-bound process. */
  work: integer(0, MOST),
  /** Of one CPU; 10 000 = the reference. */
  speed: integer(1, MOST_SPEED),
  cpus: integer(1, MOST_CPUS),
  /** Memory a new job could have, MB. */
  freeMB: integer(0, MOST),
  /** It takes no guests. */
  blocked: boolean,
  /** It is under memory pressure. */
  pressed: boolean,
  /** Memory that nothing uses, not even as a cache, MB: not in gossip. */
  unusedMB: optional(integer(0, MOST)),
});
export type LoadFigures = Decoded<typeof decodeLoadFigures>;

/** A load by another yardstick than the reference CPU (setyard): 100 = one CPU-bound process per CPU of that speed. */
export function loadByYard(load: number, yard: number): number {
  return Math.round((load * yard) / STANDARD_SPEED);
}

/** The load of a member as tools see it; part of `plumpos nodes --json`. */
export interface NodeLoad {
  /** openMosix's load: 100 = one CPU-bound process per CPU of standard speed. */
  readonly load: number;
  /** CPU time wanted of what it has, percent; 100 at most. */
  readonly utilisation: number;
  /** Of one CPU, 10 000 = the reference. */
  readonly speed: number;
  /** Memory a new job could have, MB. */
  readonly freeMB: number;
  /** Memory that nothing uses, not even as a cache, MB; only of a member that was asked. */
  readonly unusedMB?: number;
  /** It takes no guests. */
  readonly blocked: boolean;
  /** It is under memory pressure. */
  readonly pressed: boolean;
  /** How old that is (ms). */
  readonly loadAgeMs: number;
}
