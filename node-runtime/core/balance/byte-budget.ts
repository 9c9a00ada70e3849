/** A token bucket: so many bytes a second, so many at once. What does not fit is not sent; load is told again a second later. */
export class ByteBudget {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #at: number;

  constructor(bytesPerSecond: number, burst: number, now: number) {
    this.#perMs = bytesPerSecond / 1000;
    this.#most = burst;
    this.#left = burst;
    this.#at = now;
  }

  /** Takes `bytes` if so many are there, and `reserve` are left for what matters more. */
  take(bytes: number, now: number, reserve = 0): boolean {
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#left - bytes < reserve) return false;
    this.#left -= bytes;
    return true;
  }
}
