import type { Update } from '../../model/gossip-message.ts';

/** Times an update is passed on before it rests: mult · ⌈log10(n + 1)⌉ (memberlist, `RetransmitMult`). */
export function retransmitLimit(mult: number, members: number): number {
  return mult * Math.ceil(Math.log10(members + 1));
}

/**
 * The news still to be passed on, least often sent first. Newer news about a member replaces older; only suspicions by
 * different members stand beside each other, since each of them counts. So the queue is bounded by the number of members.
 */
export class GossipQueue {
  /** Updates by how often they went out; each in one of the levels. */
  readonly #levels: Map<string, Update>[] = [];
  readonly #levelOf = new Map<string, number>();
  /** The keys of what is queued about a member. */
  readonly #about = new Map<string, Set<string>>();

  get size(): number {
    return this.#levelOf.size;
  }

  add(update: Update): void {
    const about = this.#about.get(update.id) ?? new Set();
    for (const key of about) if (update.state !== 'suspect' || !key.endsWith(SUSPICION)) this.#take(update.id, key);
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
      const key = keyOf(update);
      const times = this.#levelOf.get(key);
      if (times === undefined || this.#levels[times]?.get(key) !== update) continue;
      if (times + 1 >= limit) this.#take(update.id, key);
      else this.#put(update, times + 1);
    }
  }

  #put(update: Update, times: number): void {
    const key = keyOf(update);
    this.#take(update.id, key);
    while (this.#levels.length <= times) this.#levels.push(new Map());
    this.#levels[times]?.set(key, update);
    this.#levelOf.set(key, times);
    this.#about.set(update.id, (this.#about.get(update.id) ?? new Set()).add(key));
  }

  #take(id: string, key: string): void {
    this.#levels[this.#levelOf.get(key) ?? 0]?.delete(key);
    this.#levelOf.delete(key);
    const about = this.#about.get(id);
    about?.delete(key);
    if (about?.size === 0) this.#about.delete(id);
  }
}

const SUSPICION = ' suspect';

function keyOf(update: Update): string {
  return update.state === 'suspect' ? `${update.id} ${update.by}${SUSPICION}` : update.id;
}
