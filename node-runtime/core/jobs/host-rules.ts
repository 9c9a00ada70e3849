import type { Reservation } from '../../model/guest.ts';
import type { JobSpec } from '../../model/job-spec.ts';

/** What a host knows of itself when it is asked for room. */
export interface HostState {
  /** As the kernel estimates it. */
  readonly availableBytes: number;
  readonly cpuFlags: readonly string[];
}

/** Left for the host itself. */
const RESERVE_BYTES = 48 * 2 ** 20;
/** What CRIU itself needs for a dump, its tables among the images included. */
const CRIU_BYTES = 12 * 2 ** 20;

/** Why there is no room for a guest, or undefined when there is. `promised`: bytes others were promised. Pure. */
export function refusal(want: Reservation, promised: number, host: HostState): string | undefined {
  const missing = want.cpuFlags.filter((flag) => !host.cpuFlags.includes(flag));
  if (missing.length > 0) return `its CPU lacks ${missing.slice(0, 5).join(', ')}`;
  return lacks('not enough memory', want.memoryBytes + want.imageBytes, host.availableBytes - promised - RESERVE_BYTES);
}

/**
 * Why a guest cannot leave its host, or undefined when it can. Its own memory goes straight to the target; an image of what it
 * shares by System V or keeps in its /dev/shm is made beside the guest itself. A host that is nearly full may be rid of any other. Pure.
 */
export function imagesLackRoom(sharedBytes: number, promised: number, availableBytes: number): string | undefined {
  const what = 'not enough memory on its own host for its images';
  return lacks(what, sharedBytes + CRIU_BYTES, availableBytes - promised);
}

function lacks(what: string, wanted: number, free: number): string | undefined {
  const mb = (bytes: number) => Math.max(0, Math.round(bytes / 2 ** 20));
  return wanted > free ? `${what}: ${mb(wanted)} MB are wanted, ${mb(free)} MB are free` : undefined;
}

/** Whether a job of another home may be here at all: with that home's files and network, and nothing of this machine's. */
export function isFit({ nfs, network, user, stays }: JobSpec): boolean {
  return nfs !== undefined && network !== 'host' && user.uid !== 0 && !stays;
}
