import type { HomeSettings } from '#runtime/core/jobs/home-context.ts';
import type { StartRequest } from '#runtime/core/jobs/home.ts';
import type { Job, Wish } from '#runtime/core/jobs/job.ts';
import type { JobMask } from '#runtime/model/job-mask.ts';
import { jobSpec } from '../job-spec.ts';

/** Longer than the longest cut of the fault table. */
const ORPHAN_MS = 330_000;

/** What holds in a room unless it is said. */
export const SETTINGS: HomeSettings = {
  jobs: 250,
  queue: 2000,
  lostTtlMs: 120_000,
  orphanTtlMs: ORPHAN_MS,
  movesPerMember: 2,
  stayHome: false,
  stay: false,
};

/** A program somebody runs in a room. */
export interface Program {
  readonly argv?: readonly string[];
  readonly lostTtlMs?: number;
  readonly pid?: number;
  readonly nomig?: boolean;
  readonly mask?: JobMask;
}

/** What its deputy asks for. */
export function startRequest(
  where: Wish['where'],
  { argv = ['awk'], lostTtlMs = 120_000, pid = 4711, nomig = false, mask }: Program = {},
): StartRequest {
  return {
    deputy: { pid, start: String(pid), token: 'd'.repeat(32) },
    spec: jobSpec({ pid, argv, orphanMs: ORPHAN_MS }),
    used: [],
    hostNetwork: false,
    wish: { where, nomig, ...(mask && { mask }), memoryBytes: 0, lostTtlMs, publish: [{ port: 8080 }] },
    withdrawn: new AbortController().signal,
    tell: () => {},
  };
}

/** Settled when another agent begins, or the machine is gone. */
export function nobodyYet(): PromiseWithResolvers<undefined> {
  const one = Promise.withResolvers<undefined>();
  one.promise.catch(() => {});
  return one;
}

/** Jobs as a journal has them. */
export function jobsIn(journal: ReadonlyMap<string, string>): Job[] {
  return [...journal.values()].map((text) => JSON.parse(text) as Job);
}
