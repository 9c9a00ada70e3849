import type { Update } from '../../model/gossip-message.ts';

/** Times an update is passed on before it rests: mult · ⌈log10(n + 1)⌉ (memberlist, `RetransmitMult`). */
export function retransmitLimit(mult: number, members: number): number {
  return mult * Math.ceil(Math.log10(members + 1));
}

/**
 * The news still to be passed on, least often sent first. One update per member: newer news replaces older, so the
 * queue is bounded by the number of members.
 */
export class GossipQueue {
  /** Updates by how often they went out; each in one of the levels. */
  readonly #levels: Map<string, Update>[] = [];
  readonly #levelOf = new Map<string, number>();

  get size(): number {
    return this.#levelOf.size;
  }

  add(update: Update): void {
    this.#put(update, 0);
  }

  /** At most `most` updates in the order in which they should go. */
  pick(most: number): Update[] {
    const picked: Update[] = [];
    for (const level of this.#levels)
      for (const update of level.values()) {
        if (picked.length === most) return picked;
        picked.push(update);
      }
    return picked;
  }

  /** Notes that these went out once more; those at the limit leave the queue. */
  sent(updates: readonly Update[], limit: number): void {
    for (const update of updates) {
      const times = this.#levelOf.get(update.id);
      if (times === undefined || this.#levels[times]?.get(update.id) !== update) continue;
      if (times + 1 >= limit) this.#take(update.id);
      else this.#put(update, times + 1);
    }
  }

  #put(update: Update, times: number): void {
    this.#take(update.id);
    while (this.#levels.length <= times) this.#levels.push(new Map());
    this.#levels[times]?.set(update.id, update);
    this.#levelOf.set(update.id, times);
  }

  #take(id: string): void {
    this.#levels[this.#levelOf.get(id) ?? 0]?.delete(id);
    this.#levelOf.delete(id);
  }
}
