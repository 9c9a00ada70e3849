/** A job whose move came to nothing is left alone so long, doubling each time (ms). */
const FIRST_MS = 10_000;
const MOST_MS = 300_000;
/** It could not be looked at now. */
const SOON_MS = 2000;
/** Forgotten when it was not refused for so long after. */
const FORGET_MS = 600_000;

/** Jobs that are not to be moved for a while, because it did not work, or their home does not want it. */
export class Rests {
  readonly #rests = new Map<string, { until: number; waitMs: number }>();

  refused(job: string, now: number): void {
    for (const [one, { until }] of this.#rests) if (now - until > FORGET_MS) this.#rests.delete(one);
    const waitMs = Math.min(MOST_MS, 2 * (this.#rests.get(job)?.waitMs ?? FIRST_MS / 2));
    this.#rests.set(job, { until: now + waitMs, waitMs });
  }

  /** Its home had no time for it. */
  postponed(job: string, now: number): void {
    const waitMs = this.#rests.get(job)?.waitMs ?? FIRST_MS / 2;
    this.#rests.set(job, { until: now + SOON_MS, waitMs });
  }

  rests(job: string, now: number): boolean {
    return now < (this.#rests.get(job)?.until ?? Number.NEGATIVE_INFINITY);
  }

  forget(job: string): void {
    this.#rests.delete(job);
  }
}
