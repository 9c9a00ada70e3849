import { BALANCE } from '../balance/settings.ts';
import { wasStarved } from '../balance/trust.ts';

/** What a host told of a job of ours so far (ms). */
export interface CpuSight {
  /** CPU time it got there. */
  readonly cpuMs: number;
  /** Time in which it could have used more. */
  readonly waitedMs: number;
}

/** A job since it was first seen on its host, or since it was judged last. */
interface Window_ {
  /** Names its life there. */
  readonly life: string;
  readonly since: number;
  readonly begun: CpuSight;
  /** The least that its host said it had for a job like this, in CPUs. */
  share: number;
}

/**
 * Does a job get on its host what the host's own word of its load promises? One that says it is idle, and lets jobs wait all the same,
 * lies, or does not know of what holds them up.
 */
export class FairShare {
  readonly #windows = new Map<string, Window_>();

  /**
   * @param job its name
   * @param life of it: another after each move
   * @param share CPUs that its host has for it now, as the host says; undefined: it does not say
   * @returns whether the job was starved in the time that is over with this sight
   */
  saw(job: string, life: string, now: number, sight: CpuSight, share: number | undefined): boolean {
    const window = this.#windows.get(job);
    if (share === undefined) {
      this.forget(job);
      return false;
    }
    const next = { life, since: now, begun: sight, share };
    if (window?.life !== life) {
      this.#windows.set(job, next);
      return false;
    }
    window.share = Math.min(window.share, share);
    const { since, begun } = window;
    if (now - since < BALANCE.judgeMs) return false;
    this.#windows.set(job, next);
    const gotS = (sight.cpuMs - begun.cpuMs) / 1000;
    const wantedS = Math.min((now - since) / 1000, gotS + (sight.waitedMs - begun.waitedMs) / 1000);
    return wasStarved(window.share, gotS, wantedS, BALANCE.leastWork);
  }

  forget(job: string): void {
    this.#windows.delete(job);
  }
}

/** CPUs that a member has for a job, as it tells its load: all of one where none is short of work. @param work 100 = one CPU */
export function shareOf({ work, cpus }: { readonly work: number; readonly cpus: number }): number {
  return Math.min(1, (100 * cpus) / Math.max(1, work));
}
