import type { Handle } from '../../model/load-message.ts';

/** Room held for another member's jobs. */
interface Held {
  readonly from: Handle;
  readonly seq: number;
  jobs: number;
  readonly weight: number;
  readonly memoryMB: number;
  readonly until: number;
}

/** What a target holds for others and what is on its way to it: it counts as if it were there already. */
export class Reservations {
  readonly #held: Held[] = [];
  /** Of both. */
  jobs = 0;
  work = 0;
  memoryMB = 0;
  /** Of what has set out alone: the rest is still counted where it is. */
  comingWork = 0;

  hold(from: Handle, seq: number, jobs: number, weight: number, memoryMB: number, until: number): void {
    this.#held.push({ from, seq, jobs, weight, memoryMB, until });
    this.#count(jobs, weight, memoryMB);
  }

  /** Gives up `jobs` of what is held under (from, seq). */
  release(from: Handle, seq: number, jobs: number): void {
    const held = this.#find(from, seq);
    if (held !== undefined) this.#drop(held, Math.min(jobs, held.jobs));
  }

  /**
   * A job sets out for here on the strength of a reservation. It counts until {@link landed}.
   * @returns the weight and memory to call {@link landed} with; undefined: nothing is held for it (any more).
   */
  setOut(from: Handle, seq: number): { readonly weight: number; readonly memoryMB: number } | undefined {
    const held = this.#find(from, seq);
    if (held === undefined) return undefined;
    const { weight, memoryMB } = held;
    this.#drop(held, 1);
    this.#count(1, weight, memoryMB);
    this.comingWork += weight;
    return { weight, memoryMB };
  }

  /** A job on its way has come (and is measured from now on), or will not come. */
  landed(weight: number, memoryMB: number): void {
    this.#count(-1, weight, memoryMB);
    this.comingWork -= weight;
  }

  /** Gives up what is held for a member: it is dead. */
  forget(from: Handle): void {
    const gone = this.#held.filter((held) => held.from === from);
    for (const held of gone) this.#drop(held, held.jobs);
  }

  /** Drops what was not used in time; returns for whom it was held, and under which number. */
  expire(now: number): readonly { readonly from: Handle; readonly seq: number }[] {
    if (this.#held.length === 0) return [];
    const late = this.#held.filter((held) => held.until <= now);
    for (const held of late) this.#drop(held, held.jobs);
    return late;
  }

  #find(from: Handle, seq: number): Held | undefined {
    return this.#held.find((held) => held.from === from && held.seq === seq && held.jobs > 0);
  }

  #drop(held: Held, jobs: number): void {
    this.#count(-jobs, held.weight, held.memoryMB);
    held.jobs -= jobs;
    if (held.jobs <= 0) this.#held.splice(this.#held.indexOf(held), 1);
  }

  #count(jobs: number, weight: number, memoryMB: number): void {
    this.jobs += jobs;
    this.work += jobs * weight;
    this.memoryMB += jobs * memoryMB;
  }
}
