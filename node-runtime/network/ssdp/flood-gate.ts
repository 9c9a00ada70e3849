/** How much is looked at in one second. */
export interface FloodLimits {
  /** From all senders together. */
  readonly total: number;
  /** From one address. Two addresses may share a slot; members announce too seldom to notice. */
  readonly perSender: number;
}

const SLOTS = 1024;
const SECOND_MS = 1000;

/**
 * Lets so many messages a second through to the work of checking them, and from one address much fewer, so that one
 * loud machine does not drown the others. Fixed memory whatever comes.
 */
export class FloodGate {
  readonly #limits: FloodLimits;
  readonly #counts = new Uint16Array(SLOTS);
  #total = 0;
  #since = Number.NEGATIVE_INFINITY;

  // 200 members powered on together send some 300 messages a second for a few seconds.
  constructor(limits: FloodLimits = { total: 600, perSender: 40 }) {
    this.#limits = limits;
  }

  /** @param now milliseconds on a clock that never goes back */
  admit(address: string, now: number): boolean {
    if (now - this.#since >= SECOND_MS) {
      this.#since = now;
      this.#total = 0;
      this.#counts.fill(0);
    }
    const slot = slotOf(address);
    const count = this.#counts[slot] ?? 0;
    if (this.#total >= this.#limits.total || count >= this.#limits.perSender) return false;
    this.#total++;
    this.#counts[slot] = count + 1;
    return true;
  }
}

function slotOf(address: string): number {
  let hash = 0;
  for (let i = 0; i < address.length; i++) hash = (hash * 31 + address.charCodeAt(i)) | 0;
  return (hash >>> 0) % SLOTS;
}
