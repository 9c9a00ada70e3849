import type { JobReading } from '../../core/balance/job-meters.ts';
import type { GuestRef } from '../../model/guest.ts';
import type { JobTraits } from '../../model/job-spec.ts';
import { taskWaitedMs } from '../../system/cpu-times.ts';
import { terminalReadAt } from '../../system/terminal-use.ts';
import type { Clock } from '../../base/clock.ts';
import type { Guest } from '../guests/guest.ts';

/** What the balancer reads of a guest of this member, and what its home says of it. Times are of the member's clock, in ms. */
export interface GuestReading extends JobReading {
  readonly ref: GuestRef;
  readonly traits: JobTraits;
  readonly memoryMB: number;
  /** Memory set aside for what has not come yet. */
  readonly promisedMB: number;
  /** CPU features it may have seen on earlier hosts. */
  readonly cpuFlags: readonly string[];
  /** When it came here. */
  readonly sinceMs: number;
  /** It came by a move. */
  readonly moved: boolean;
  /** When its terminal was last read from; -Infinity: never, or it has none. */
  readonly ttyMs: number;
}

const MB = 2 ** 20;
/** Threads looked at of one guest: what all of them wait for is told by so many well enough. */
const MOST_THREADS = 1024;
/** A terminal is as new as its job: only what is read from it later was typed. */
const NEW_TERMINAL_MS = 10_000;
const COMING: readonly string[] = ['reserved', 'receiving', 'starting', 'restoring', 'prepared'];

/**
 * Reads all guests, those of this home too.
 * @param waits the kernel tells of each task how long it waited for a CPU; else it is asked when any of a guest's did
 */
export function readGuests(guests: readonly Guest[], clock: Clock, waits: boolean): GuestReading[] {
  return guests.map((guest) => readGuest(guest, clock, waits));
}

/** What names one life of a job. */
export function guestKey({ home, id, generation }: GuestRef): string {
  return `${home} ${id} ${generation}`;
}

function readGuest({ ref, record, cgroup, since }: Guest, clock: Clock, waits: boolean): GuestReading {
  const { state, spec, want } = record;
  const runs = state === 'running';
  const coming = COMING.includes(state);
  const traits = spec?.traits ?? { hints: [], locked: spec?.stays === true, ageMs: 0 };
  const ttyMs = runs && spec?.terminal !== undefined ? terminalUsed(cgroup.pids(), since, clock) : undefined;
  return {
    key: guestKey(ref),
    ref,
    traits,
    runs,
    coming,
    hints: traits.hints,
    usedMs: cgroup.cpuMs,
    waitedMs: waits ? waitedBy(cgroup.threads()) : new Map([[0, cgroup.waitedMs]]),
    most: spec?.limits.cpuPercent,
    memoryMB: runs ? cgroup.memoryBytes / MB : 0,
    promisedMB: coming ? (want.memoryBytes + want.imageBytes) / MB : 0,
    cpuFlags: want.cpuFlags,
    sinceMs: since,
    moved: want.source !== undefined,
    ttyMs: ttyMs ?? Number.NEGATIVE_INFINITY,
  };
}

function waitedBy(threads: readonly number[]): Map<number, number> {
  return new Map(threads.slice(0, MOST_THREADS).map((tid) => [tid, taskWaitedMs(tid)]));
}

function terminalUsed(pids: readonly number[], since: number, clock: Clock): number | undefined {
  const now = clock.now();
  const times = pids.flatMap((pid) => terminalReadAt(pid) ?? []).map((at) => now - (clock.wall() - at));
  const last = Math.max(Number.NEGATIVE_INFINITY, ...times);
  return last > since + NEW_TERMINAL_MS ? last : undefined;
}
