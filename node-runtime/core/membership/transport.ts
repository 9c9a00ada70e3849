import type { Message, Update } from '../../model/gossip-message.ts';

/** The way to other members, addressed by overlay address. Messages may be lost, doubled, late, out of order. */
export interface Transport {
  /** Sends a message, with as many of `offered`, in order, as fit beside it. Returns how many went. Never throws. */
  send(to: string, message: Message, offered: readonly Update[]): number;
}
