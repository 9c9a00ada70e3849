import type { Digest, GossipState, Update } from '../../model/gossip-message.ts';
import type { MemberEntry, MemberState } from '../../model/member.ts';

/** What this member knows of another one. */
export interface Peer {
  /** Its own words of the highest (incarnation, version) seen. */
  readonly entry: MemberEntry;
  readonly state: MemberState;
  /** Incarnation the state is about. */
  readonly incarnation: number;
  /** Who first said so, for `suspect` and `dead`. */
  readonly by: string;
  /** When the state began, on this member's clock. */
  readonly since: number;
  /** When something last came from it directly. Written in place, for it changes with every datagram. */
  heard: number;
  /** When it was last told what is held against it. Written in place. */
  told: number;
}

/** Random numbers in [0, 1). */
export type Random = () => number;

/** The known members without this one, findable by id, overlay address, MAC and LAN address. */
export class PeerTable {
  readonly #peers = new Map<string, Peer>();
  readonly #byOverlay = new Map<string, string>();
  readonly #byTrait = new Map<string, Set<string>>();
  readonly #random: Random;
  /** Probing order: shuffled, so that each member is probed once in n periods (SWIM §4.3). */
  #order: string[] = [];
  #next = 0;
  #living = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Members that take part, this one not counted. */
  get livingCount(): number {
    return this.#living;
  }

  get(id: string): Peer | undefined {
    return this.#peers.get(id);
  }

  at(overlay: string): Peer | undefined {
    return this.#peers.get(this.#byOverlay.get(overlay) ?? '');
  }

  all(): IterableIterator<Peer> {
    return this.#peers.values();
  }

  /** Members that take part: alive and suspect. */
  living(): Peer[] {
    return [...this.#peers.values()].filter(isLiving);
  }

  set(peer: Peer): void {
    const { id } = peer.entry;
    const known = this.#peers.get(id);
    this.#living += Number(isLiving(peer)) - Number(known !== undefined && isLiving(known));
    if (known === undefined) this.#order.splice(Math.floor(this.#random() * (this.#order.length + 1)), 0, id);
    else this.#unindex(known.entry);
    this.#peers.set(id, peer);
    this.#byOverlay.set(peer.entry.overlay, id);
    for (const trait of traits(peer.entry)) {
      const ids = this.#byTrait.get(trait) ?? new Set();
      this.#byTrait.set(trait, ids.add(id));
    }
  }

  remove(id: string): void {
    const known = this.#peers.get(id);
    if (known === undefined) return;
    if (isLiving(known)) this.#living--;
    this.#unindex(known.entry);
    this.#peers.delete(id);
  }

  /** Members that claim a MAC or LAN address of `entry` too. */
  sharing(entry: MemberEntry): { peer: Peer; what: 'mac' | 'address'; value: string }[] {
    return traits(entry).flatMap((trait) =>
      [...(this.#byTrait.get(trait) ?? [])].flatMap((id) => {
        const peer = id === entry.id ? undefined : this.#peers.get(id);
        const [what, value] = trait.split(' ') as ['mac' | 'address', string];
        return peer === undefined ? [] : [{ peer, what, value }];
      }),
    );
  }

  /** The next living member to probe. */
  nextTarget(): Peer | undefined {
    for (let tries = this.#order.length; tries >= 0; tries--) {
      if (this.#next >= this.#order.length) this.#reshuffle();
      const peer = this.#peers.get(this.#order[this.#next++] ?? '');
      if (peer !== undefined && isLiving(peer)) return peer;
    }
    return undefined;
  }

  /** Up to `count` random members of those `wanted`. */
  sample(count: number, wanted: (peer: Peer) => boolean): Peer[] {
    const pool = [...this.#peers.values()].filter(wanted);
    const chosen = Math.min(count, pool.length);
    for (let i = 0; i < chosen; i++) swap(pool, i, i + Math.floor(this.#random() * (pool.length - i)));
    return pool.slice(0, chosen);
  }

  #reshuffle(): void {
    this.#order = [...this.#peers.keys()];
    for (let i = this.#order.length - 1; i > 0; i--) swap(this.#order, i, Math.floor(this.#random() * (i + 1)));
    this.#next = 0;
  }

  #unindex(entry: MemberEntry): void {
    if (this.#byOverlay.get(entry.overlay) === entry.id) this.#byOverlay.delete(entry.overlay);
    for (const trait of traits(entry)) {
      const ids = this.#byTrait.get(trait);
      ids?.delete(entry.id);
      if (ids?.size === 0) this.#byTrait.delete(trait);
    }
  }
}

/** Does it take part in the cluster? */
export function isLiving(peer: Peer): boolean {
  return peer.state === 'alive' || peer.state === 'suspect';
}

/** A member's state as it is passed on. Incompatible ones are not: undefined. */
export function updateOf(peer: Peer): Update | undefined {
  if (peer.state === 'incompatible') return undefined;
  return { id: peer.entry.id, state: peer.state, incarnation: peer.incarnation, by: peer.by, entry: peer.entry };
}

/** A member's state as it is compared. */
export function digestOf(entry: MemberEntry, state: GossipState, incarnation: number): Digest {
  return { id: entry.id, state, incarnation, entryIncarnation: entry.incarnation, version: entry.version };
}

function traits(entry: MemberEntry): string[] {
  return [
    ...entry.macs.map((mac) => `mac ${mac}`),
    ...entry.endpoints.map((endpoint) => `address ${endpoint.address}`),
  ];
}

function swap<T>(list: T[], a: number, b: number): void {
  const held = list[a] as T;
  list[a] = list[b] as T;
  list[b] = held;
}
