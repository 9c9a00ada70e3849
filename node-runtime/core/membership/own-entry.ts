import type { Update } from '../../model/gossip-message.ts';
import type { MemberEntry } from '../../model/member.ts';
import { newerEntry } from '../gossip/update.ts';

/** Parts of its entry a member changes during its life. */
export type SelfPatch = Partial<Omit<MemberEntry, 'id' | 'overlay' | 'incarnation' | 'version' | 'protocol'>>;

/** What this member says of itself, and its incarnation: only it may raise that, to refute what others say (SWIM §4.2). */
export class OwnEntry {
  #entry: MemberEntry;
  #left = false;

  constructor(entry: MemberEntry) {
    this.#entry = entry;
  }

  get entry(): MemberEntry {
    return this.#entry;
  }

  get left(): boolean {
    return this.#left;
  }

  /** As others are to hear it. */
  update(): Update {
    const { id, incarnation } = this.#entry;
    return { id, state: this.#left ? 'left' : 'alive', incarnation, by: '', entry: this.#entry };
  }

  /** Returns whether anything changed. */
  change(patch: SelfPatch): boolean {
    const next = { ...this.#entry, ...patch };
    if (JSON.stringify(next) === JSON.stringify(this.#entry)) return false;
    this.#entry = { ...next, version: this.#entry.version + 1 };
    return true;
  }

  leave(): void {
    this.#left = true;
  }

  rejoin(): void {
    this.#left = false;
    this.#entry = { ...this.#entry, incarnation: this.#entry.incarnation + 1 };
  }

  /**
   * Someone speaks about this member. Raises the incarnation above anything that is not true: a suspicion, a death, or
   * an entry of an earlier life with the same key (the agent was restarted and began to count anew).
   * @returns `raised` when it did, `stale` when the speaker is merely behind, undefined when there is nothing to say.
   */
  refute(update: Update): 'raised' | 'stale' | undefined {
    if (this.#left) return undefined;
    const { incarnation } = this.#entry;
    const earlierLife = update.state === 'alive' && update.entry !== undefined && newerEntry(update.entry, this.#entry);
    const accused = update.state !== 'alive' && update.incarnation >= incarnation;
    if (!earlierLife && !accused) return update.incarnation < incarnation ? 'stale' : undefined;
    this.#entry = { ...this.#entry, incarnation: Math.max(update.incarnation, incarnation) + 1 };
    return 'raised';
  }
}
