import type { MemberEntry } from './member.ts';

/** States that travel; `incompatible` is each member's own judgement. */
export type GossipState = 'alive' | 'suspect' | 'dead' | 'left';

/** What one member tells another about a third, or about itself. */
export interface Update {
  readonly id: string;
  readonly state: GossipState;
  /** The incarnation the state is about. */
  readonly incarnation: number;
  /** Who says so (id); counts independent suspicions. Empty for `alive` and `left`. */
  readonly by: string;
  /** The member's own words, where they are sent along: always for `alive`. */
  readonly entry?: MemberEntry;
}

/** What two members compare before they send each other entries. */
export interface Digest {
  readonly id: string;
  readonly state: GossipState;
  readonly incarnation: number;
  /** (incarnation, version) of the entry that belongs to it. */
  readonly entryIncarnation: number;
  readonly version: number;
}

/** What members say to each other. Every one of them may carry updates. */
export type Message =
  | { readonly kind: 'ping'; readonly seq: number }
  | { readonly kind: 'ack'; readonly seq: number }
  /** "I could not reach it either, but I am here." */
  | { readonly kind: 'nack'; readonly seq: number }
  /** "Probe this member (id) for me." */
  | { readonly kind: 'ping-req'; readonly seq: number; readonly target: string }
  | { readonly kind: 'gossip' }
  /** All that the sender knows of members with `after` < id ≤ `upto` (empty: no bound). */
  | { readonly kind: 'sync'; readonly after: string; readonly upto: string; readonly digests: readonly Digest[] }
  | { readonly kind: 'want'; readonly ids: readonly string[] };

/** Most ids in one `sync` or `want`, so that it fits one datagram with the sender's own entry beside it. */
export const IDS_PER_MESSAGE = 16;

/** Longest values of an entry that travel; longer ones are cut by their owner. */
export const ENTRY_LIMITS = { name: 63, image: 32, kernel: 64, criu: 16, role: 16, endpoints: 8, macs: 8 } as const;
