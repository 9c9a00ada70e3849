import type { JobHint } from '../../model/job.ts';
import type { AskReason, Handle } from '../../model/load-message.ts';
import type { BalanceSettings } from './settings.ts';

/** A job as the balancer of its host sees it; its whole tree is one job. Times are of the member's clock, in ms. */
export interface JobFacts {
  readonly id: number;
  readonly home: Handle;
  /** CPU use, decayed: 100 = one CPU ({@link decayedUse}). */
  readonly weight: number;
  readonly memoryMB: number;
  /** What its next host must have for it while it moves: its memory and its images. */
  readonly needMB: number;
  readonly startedMs: number;
  /** When its last move ended, and the one before; -Infinity when there was none. */
  readonly movedMs: number;
  readonly movedBeforeMs: number;
  readonly hints: readonly JobHint[];
  /** `lock`, `--nomig`, or a reason of eligibility: it cannot move, or must not. */
  readonly pinned: boolean;
  /** When its terminal was last used; -Infinity when it has none. */
  readonly ttyMs: number;
  /** `--only` and `--not`: members it may be on; undefined: all. */
  readonly mayBeOn: ((member: Handle) => boolean) | undefined;
}

/** Less CPU use than this is no reason to move a job for load: it waits for something else (100 = one CPU). */
const LEAST_WEIGHT = 25;

/** May this job leave its host now, wherever to? Out of memory pressure, or when its host leaves, it may at once. */
export function mayLeave(job: JobFacts, reason: AskReason, now: number, settings: BalanceSettings): boolean {
  if (job.pinned) return false;
  if (reason !== 'load') return true;
  if (job.weight < LEAST_WEIGHT || job.hints.includes('iojob')) return false;
  if (now - job.ttyMs < settings.interactiveMs) return false;
  if (now - job.startedMs < settings.residencyStartMs || now - job.movedMs < settings.residencyMoveMs) return false;
  return now - job.movedBeforeMs >= settings.hopWindowMs;
}

/**
 * Up to `most` jobs that may leave, best first: for load those that never moved, then those that gain most for what the move
 * costs (CPU use times age, per memory). One pass, because the member where everything was started has thousands.
 */
export function chooseJobs(
  jobs: Iterable<JobFacts>,
  reason: AskReason,
  most: number,
  now: number,
  settings: BalanceSettings,
): JobFacts[] {
  const movable: { readonly job: JobFacts; readonly worth: number }[] = [];
  for (const job of jobs) {
    if (!mayLeave(job, reason, now, settings)) continue;
    movable.push({ job, worth: worthOf(job, now) });
    // Half of what is there is as good as all where there is so much.
    if (movable.length >= 2 * most + 64) break;
  }
  movable.sort((a, b) => b.worth - a.worth || a.job.id - b.job.id);
  return movable.slice(0, most).map(({ job }) => job);
}

function worthOf(job: JobFacts, now: number): number {
  const age = Math.max(1000, now - job.startedMs);
  const worth = (job.weight * age) / (16 + job.memoryMB);
  return job.movedMs === Number.NEGATIVE_INFINITY ? worth : worth / 1000;
}

/**
 * The guest whose leaving helps a member under memory pressure: the smallest that frees `shortMB` by itself, else the largest.
 * Jobs of this home go only when no guest can.
 */
export function bestFitting(
  jobs: Iterable<JobFacts>,
  self: Handle,
  shortMB: number,
  now: number,
  settings: BalanceSettings,
): JobFacts | undefined {
  const movable = [...jobs].filter((job) => mayLeave(job, 'memory', now, settings));
  const guests = movable.filter((job) => job.home !== self);
  const these = guests.length > 0 ? guests : movable;
  const enough = these.filter((job) => job.memoryMB >= shortMB);
  const bySize = (a: JobFacts, b: JobFacts) => a.memoryMB - b.memoryMB || a.id - b.id;
  return enough.toSorted(bySize)[0] ?? these.toSorted(bySize).at(-1);
}
