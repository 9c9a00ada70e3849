import type { UnfollowedMount } from '../../model/guest-ops.ts';
import type { JobSpec } from '../../model/job-spec.ts';
import type { Wish } from './job.ts';

/** A member as a place for jobs. */
export interface Place {
  readonly overlay: string;
  readonly name: string;
  readonly self: boolean;
  /** Why it takes no guests now; undefined when it does. Its own jobs it always takes. */
  readonly closed: string | undefined;
  /** Processes that run or want to, those on their way there included. */
  readonly runnable: number;
  readonly cpus: number;
  readonly freeBytes: number;
  readonly cpuFlags: readonly string[];
  /** Why nothing can be moved to or from it (no CRIU …); undefined when it can. */
  readonly immobile: string | undefined;
}

/** What is looked for. */
export interface Need {
  readonly memoryBytes: number;
  /** CPU features the program may have seen; none yet when it is to be started. */
  readonly cpuFlags: readonly string[];
  /** It runs already, somewhere else. */
  readonly moves: boolean;
}

/** Why a job cannot be on this member, in the old words; empty when it can. */
export function hindrances(place: Place, need: Need): string[] {
  const missing = need.cpuFlags.filter((flag) => !place.cpuFlags.includes(flag));
  return [
    ...(place.closed !== undefined && !place.self ? [`${place.name} ${place.closed}`] : []),
    ...(missing.length > 0 ? [`the CPU of ${place.name} lacks ${missing.slice(0, 4).join(' ')}`] : []),
    ...(place.freeBytes < need.memoryBytes ? [lacksMemory(place, need)] : []),
    ...(need.moves && place.immobile !== undefined ? [`${place.name} ${place.immobile}`] : []),
  ];
}

function lacksMemory({ name, freeBytes }: Place, { memoryBytes }: Need): string {
  const mb = (bytes: number) => Math.round(bytes / 2 ** 20);
  return `not enough memory on ${name}: ${mb(memoryBytes)} MB are wanted, ${mb(freeBytes)} MB are free`;
}

/**
 * Places that can take the job, best first: the fewest runnable jobs per CPU. Among equals home comes first (nothing has
 * to travel), then chance, so that many homes do not choose the same member.
 */
export function bestPlaces(places: readonly Place[], need: Need, random: () => number): Place[] {
  return places
    .filter((place) => hindrances(place, need).length === 0)
    .map((place) => ({ place, pressure: place.runnable / Math.max(1, place.cpus), chance: place.self ? -1 : random() }))
    .toSorted((a, b) => a.pressure - b.pressure || a.chance - b.chance)
    .map(({ place }) => place);
}

/** AUTH_SYS carries no more. */
const MOST_GROUPS = 16;

/** What was asked for: where it is, there it stays. */
export const LOCKED = 'locked (--nomig, plumpos lock)';

/**
 * Why a job stays where it is started, which is at home unless it is only locked; empty when it may move.
 * @param used mounts no other member has that it stands on
 */
export function pinnedReasons(
  spec: Pick<JobSpec, 'user' | 'network'>,
  nomig: boolean,
  used: readonly UnfollowedMount[],
): string[] {
  const groups = new Set([spec.user.gid, ...spec.user.groups]).size;
  return [
    ...(spec.user.uid === 0 ? ["root's programs stay at home"] : []),
    ...(spec.network === 'host' ? ['--net host: it uses the network of home itself'] : []),
    ...(nomig ? [LOCKED] : []),
    ...(groups > MOST_GROUPS ? [`its user is in ${groups} groups: NFS carries ${MOST_GROUPS}`] : []),
    ...used.map(({ path, reason }) => `it uses ${path}: ${reason}`),
  ];
}

/** Whether a job is at home for good, of all that pins it. */
export function staysHome(pinned: readonly string[], where: Wish['where']): boolean {
  return pinned.some((reason) => reason !== LOCKED) || (pinned.length > 0 && where === 'home');
}
