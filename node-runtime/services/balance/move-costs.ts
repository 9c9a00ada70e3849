import type { MoveCost } from '../../core/balance/move-cost.ts';

/** What a wired LAN of PCs carries through WireGuard, MB/s. */
const LINK_MBS = 50;
/** A move's fixed part as long as none was seen, and its bounds (s). */
const USUAL_S = 1;
const LEAST_S = 0.2;
const MOST_S = 30;
const KEPT = 3 / 4;

/** What moves from this member cost, as the last ones went. */
export class MoveCosts {
  #fixedS = USUAL_S;

  get now(): MoveCost {
    return { fixedS: this.#fixedS, linkMBs: LINK_MBS };
  }

  /** A move of a job of that size took so long. */
  saw(seconds: number, memoryMB: number): void {
    const fixed = Math.min(MOST_S, Math.max(LEAST_S, seconds - memoryMB / LINK_MBS));
    this.#fixedS = KEPT * this.#fixedS + (1 - KEPT) * fixed;
  }
}
