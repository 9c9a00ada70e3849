import type { Clock } from '../../base/clock.ts';
import type { MoveStep } from '../../model/job.ts';

/** How long the steps of a move take. */
export class Steps {
  readonly done: MoveStep[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What was just begun, until it is done. */
  async time<T>(name: string, step: Promise<T>): Promise<T> {
    const begun = this.#clock.now();
    const value = await step;
    this.done.push({ name, ms: this.#clock.now() - begun });
    return value;
  }
}
