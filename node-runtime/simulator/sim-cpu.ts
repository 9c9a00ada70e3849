import { STANDARD_SPEED } from '../model/speed.ts';
import type { SimJob } from './sim-job.ts';

/**
 * The CPUs of a simulated member, shared evenly: with less wanted than there is everybody runs at full speed, otherwise all are
 * slowed down alike. What each job has got is the member's own time (`service`) since the job came, so that nothing has to be
 * counted for each job each second.
 */
export class SimCpu {
  readonly jobs: SimJob[] = [];
  readonly #cpus: number;
  readonly #factor: number;
  /** 100 = one CPU-bound job. */
  work = 0;
  memoryMB = 0;
  /** Seconds at full reference speed that a job has had that was there all the time. */
  #service = 0;
  #at = 0;
  /** `service` at which each job came. */
  readonly #since: number[] = [];

  constructor(cpus: number, speed: number) {
    this.#cpus = cpus;
    this.#factor = speed / STANDARD_SPEED;
  }

  /** Share of its wish each job gets, in seconds of the reference per second. */
  get rate(): number {
    return this.#factor * Math.min(1, (100 * this.#cpus) / Math.max(1e-9, this.work));
  }

  add(job: SimJob, now: number): void {
    this.#advance(now);
    job.place = this.jobs.push(job) - 1;
    this.#since.push(this.#service);
    this.work += job.weight;
    this.memoryMB += job.memoryMB;
  }

  remove(job: SimJob, now: number): void {
    this.#settle(job, now);
    const last = this.jobs.pop() as SimJob;
    const since = this.#since.pop() as number;
    if (last !== job) {
      this.jobs[job.place] = last;
      this.#since[job.place] = since;
      last.place = job.place;
    }
    job.place = -1;
    this.work = this.jobs.length === 0 ? 0 : this.work - job.weight;
    this.memoryMB -= job.memoryMB;
  }

  /** The job that ends next, and in how many milliseconds; undefined: none does. */
  nextEnd(now: number): { readonly job: SimJob; readonly ms: number } | undefined {
    this.#advance(now);
    let next: SimJob | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const job of this.jobs) {
      const left = job.leftS - (this.#service - (this.#since[job.place] as number));
      if (left < least) [next, least] = [job, left];
    }
    return next && { job: next, ms: (1000 * Math.max(0, least)) / this.rate };
  }

  /** Counts what the job has got until now. */
  #settle(job: SimJob, now: number): void {
    this.#advance(now);
    job.leftS -= this.#service - (this.#since[job.place] as number);
    this.#since[job.place] = this.#service;
  }

  #advance(now: number): void {
    if (this.jobs.length > 0) this.#service += ((now - this.#at) / 1000) * this.rate;
    this.#at = now;
  }
}
