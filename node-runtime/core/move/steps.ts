import type { Clock } from '../../base/clock.ts';
import type { MoveStep } from '../../model/job.ts';

/** How long the steps of a move take. */
export class Steps {
  readonly done: MoveStep[] = [];
  readonly #clock: Clock;
  readonly #begins = new Map<string, number>();
  readonly #ends = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From the begin of one step to the end of another. */
  between(first: string, last: string): number {
    return (this.#ends.get(last) ?? 0) - (this.#begins.get(first) ?? 0);
  }

  /** What was just begun, until it is done. */
  async time<T>(name: string, step: Promise<T>): Promise<T> {
    const begun = this.#clock.now();
    this.#begins.set(name, begun);
    const value = await step;
    const over = this.#clock.now();
    this.#ends.set(name, over);
    this.done.push({ name, ms: over - begun });
    return value;
  }
}
