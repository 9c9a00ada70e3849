import type { Digest, Update } from '../gossip/update.ts';

/** What members say to each other. Every one of them may carry updates. */
export type Message =
  | { readonly kind: 'ping'; readonly seq: number }
  | { readonly kind: 'ack'; readonly seq: number }
  /** "I could not reach it either, but I am here." */
  | { readonly kind: 'nack'; readonly seq: number }
  /** "Probe this address for me." */
  | { readonly kind: 'ping-req'; readonly seq: number; readonly target: string }
  | { readonly kind: 'gossip' }
  /** All that the sender knows of members with `after` < id ≤ `upto` (empty: no bound). */
  | { readonly kind: 'sync'; readonly after: string; readonly upto: string; readonly digests: readonly Digest[] }
  | { readonly kind: 'want'; readonly ids: readonly string[] };

/** The way to other members, addressed by overlay address. Messages may be lost, doubled, late, out of order. */
export interface Transport {
  /** Sends a message and as many of `offered`, in order, as fit beside it. Returns how many went. Never throws. */
  send(to: string, message: Message, offered: readonly Update[]): number;
}

/** Most ids in one `sync` or `want`, so that it fits one datagram with this member's own entry beside it. */
export const IDS_PER_MESSAGE = 16;
