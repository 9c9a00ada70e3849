/**
 * How well this member itself keeps up (Lifeguard §IV.A, "local health multiplier"): 0 is well. Everything that hints
 * that the fault is here (no answer and no nack either, having to refute, late timers) raises it, every answered probe
 * lowers it. Probes wait (score + 1) times longer, so a starved member accuses less.
 */
export class LocalHealth {
  #score = 0;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get score(): number {
    return this.#score;
  }

  change(by: number): void {
    this.#score = Math.max(0, Math.min(this.#max, this.#score + by));
  }

  /** A time span stretched by the score. */
  scale(ms: number): number {
    return ms * (this.#score + 1);
  }
}
