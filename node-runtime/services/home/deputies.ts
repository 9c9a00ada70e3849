import os from 'node:os';
import type { Clock } from '../../base/clock.ts';
import type { Home } from '../../core/jobs/home.ts';
import type { Job } from '../../core/jobs/job.ts';
import { processState } from '../../system/process-state.ts';

const LOOK_MS = 500;

const { SIGSTOP, SIGCONT } = os.constants.signals;

/**
 * Looks after the deputies of this home: a job whose deputy is gone is over, and one whose deputy was stopped stands still
 * (kill -STOP cannot be caught; the deputy itself hands on everything else, SIGCONT too).
 */
export class Deputies implements Disposable {
  readonly #clock: Clock;
  readonly #home: Home;
  readonly #failed: (error: unknown) => void;
  readonly #gone = new Set<string>();
  readonly #stopped = new Set<string>();
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
      if (this.#gone.has(job.id)) continue;
      const state = deputyState(job);
      if (state === undefined) {
        this.#gone.add(job.id);
        this.#home.deputyGone(job).catch(this.#failed);
      } else if (!state.stopped) this.#stopped.delete(job.id);
      else if (!this.#stopped.has(job.id) && job.state === 'running') void this.#stop(job);
    }
    for (const set of [this.#gone, this.#stopped]) for (const id of set) if (!this.#known(id)) set.delete(id);
    this.#timer = this.#clock.after(LOOK_MS, () => this.#look());
  }

  /** Continued while the word was on its way: the deputy has handed that on before it. */
  async #stop(job: Job): Promise<void> {
    this.#stopped.add(job.id);
    try {
      await this.#home.signalNow(job, SIGSTOP);
      if (deputyState(job)?.stopped === false) await this.#home.signal(job, SIGCONT);
    } catch {
      // It moves, or its host is silent: tried again at the next look.
      this.#stopped.delete(job.id);
    }
  }

  #known(id: string): boolean {
    return [...this.#home.jobs(), ...this.#home.endedJobs()].some((job) => job.id === id);
  }
}

/** Undefined when it is gone. `stopped`: by somebody else than itself. */
function deputyState({ deputy }: Job): { readonly stopped: boolean } | undefined {
  const state = processState(deputy.pid);
  return state?.start === deputy.start ? { stopped: state.stopped && state.blocksChild } : undefined;
}
