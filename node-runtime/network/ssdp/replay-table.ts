/**
 * Remembers the highest counter of every boot id, so that a message is believed once. Bounded: the boot id silent the
 * longest is forgotten first. Only verified messages come here, so strangers cannot push members out; what was
 * recorded before a sender was forgotten could be played back, which costs a hint that leads nowhere.
 */
export class ReplayTable {
  readonly #highest = new Map<string, number>();
  readonly #most: number;

  constructor(most = 16_384) {
    this.#most = most;
  }

  /** Whether this counter is new for this boot id; it is not any more afterwards. */
  accept(bootId: string, seq: number): boolean {
    if (seq <= (this.#highest.get(bootId) ?? 0)) return false;
    this.#highest.delete(bootId);
    this.#highest.set(bootId, seq);
    if (this.#highest.size > this.#most) this.#forgetOldest();
    return true;
  }

  /** Boot ids remembered. */
  get size(): number {
    return this.#highest.size;
  }

  #forgetOldest(): void {
    for (const bootId of this.#highest.keys()) {
      this.#highest.delete(bootId);
      return;
    }
  }
}
