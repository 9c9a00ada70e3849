import type { Update } from './update.ts';

interface Queued {
  readonly update: Update;
  sent: number;
}

/** Times an update is passed on before it rests: mult · ⌈log10(n + 1)⌉ (memberlist, `RetransmitMult`). */
export function retransmitLimit(mult: number, members: number): number {
  return mult * Math.ceil(Math.log10(members + 1));
}

/**
 * The news still to be passed on, least often sent first. One update per member: newer news replaces older, so the
 * queue is bounded by the number of members.
 */
export class GossipQueue {
  readonly #news = new Map<string, Queued>();

  get size(): number {
    return this.#news.size;
  }

  add(update: Update): void {
    this.#news.set(update.id, { update, sent: 0 });
  }

  forget(id: string): void {
    this.#news.delete(id);
  }

  /** At most `most` updates in the order in which they should go. */
  pick(most: number): Update[] {
    const all = [...this.#news.values()].sort((a, b) => a.sent - b.sent);
    return all.slice(0, most).map((queued) => queued.update);
  }

  /** Notes that these went out once more; those at the limit leave the queue. */
  sent(updates: readonly Update[], limit: number): void {
    for (const update of updates) {
      const queued = this.#news.get(update.id);
      if (queued?.update !== update) continue;
      queued.sent++;
      if (queued.sent >= limit) this.#news.delete(update.id);
    }
  }
}
