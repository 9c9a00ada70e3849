import { PlumpError } from '../../base/errors.ts';

interface Waiter {
  readonly pass: () => void;
  readonly tell: (before: number) => void;
}

/** Lets so many through at once; a bounded number waits in the order of coming. */
export class Turnstile {
  readonly #width: () => number;
  readonly #most: () => number;
  readonly #waiting: Waiter[] = [];
  #inside = 0;

  constructor(width: () => number, most: () => number) {
    this.#width = width;
    this.#most = most;
  }

  /** Takes a place without asking: for what was inside before the agent was killed. */
  occupy(): void {
    this.#inside++;
  }

  /** Would somebody who comes now have to wait? */
  get full(): boolean {
    return this.#inside >= this.#width() || this.#waiting.length > 0;
  }

  /**
   * Resolves when there is a place; `tell` hears how many are before it when there is none yet.
   * @throws PlumpError PLUMP_BUSY when too many wait already; the signal's reason when it aborts first.
   */
  async enter(signal: AbortSignal, tell: (before: number) => void): Promise<void> {
    signal.throwIfAborted();
    if (this.#inside < this.#width() && this.#waiting.length === 0) {
      this.#inside++;
      return;
    }
    if (this.#waiting.length >= this.#most())
      throw new PlumpError('PLUMP_BUSY', `${this.#waiting.length} wait for their turn already`, {
        hint: 'try again later',
      });
    await new Promise<void>((resolve, reject) => {
      const withdraw = () => {
        const at = this.#waiting.indexOf(waiter);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason as Error);
      };
      const pass = () => {
        signal.removeEventListener('abort', withdraw);
        resolve();
      };
      const waiter: Waiter = { pass, tell };
      signal.addEventListener('abort', withdraw, { once: true });
      this.#waiting.push(waiter);
      tell(this.#waiting.length - 1);
    });
  }

  leave(): void {
    this.#inside--;
    while (this.#inside < this.#width()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inside++;
      next.pass();
    }
  }
}
