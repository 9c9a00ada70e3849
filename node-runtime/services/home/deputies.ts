import type { Clock } from '../../base/clock.ts';
import type { Home } from '../../core/jobs/home.ts';
import { startOf } from '../../system/caller.ts';

const LOOK_MS = 500;

/** Looks after the deputies of this home: a job whose deputy is gone is over. */
export class Deputies implements Disposable {
  readonly #clock: Clock;
  readonly #home: Home;
  readonly #failed: (error: unknown) => void;
  readonly #gone = new Set<string>();
  #timer: Disposable;

  constructor(clock: Clock, home: Home, failed: (error: unknown) => void) {
    this.#clock = clock;
    this.#home = home;
    this.#failed = failed;
    this.#timer = clock.after(LOOK_MS, () => this.#look());
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #look(): void {
    for (const job of [...this.#home.jobs(), ...this.#home.endedJobs()]) {
      const { pid, start } = job.deputy;
      if (this.#gone.has(job.id) || startOf(pid) === start) continue;
      this.#gone.add(job.id);
      this.#home.deputyGone(job).catch(this.#failed);
    }
    for (const id of this.#gone) if (!this.#known(id)) this.#gone.delete(id);
    this.#timer = this.#clock.after(LOOK_MS, () => this.#look());
  }

  #known(id: string): boolean {
    return [...this.#home.jobs(), ...this.#home.endedJobs()].some((job) => job.id === id);
  }
}
