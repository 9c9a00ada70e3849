import type { Endpoint } from '../../model/member.ts';

/** What a message is: a member says that it is there, that it goes, asks who is there, or answers such a question. */
export type AnnouncementKind = 'alive' | 'bye' | 'search' | 'response';

/** How the sender sent it: tells the receiver, who cannot see it, whether multicast got through. */
export type Via = 'multicast' | 'broadcast' | 'unicast';

/** What a member says of itself on a LAN. */
export interface AnnouncedSelf {
  readonly protocol: number;
  /** WireGuard public key, base64: the identity. */
  readonly publicKey: string;
  /** UDP port of its WireGuard, on all its addresses. */
  readonly port: number;
  readonly name: string;
  readonly image: string;
}

/** One verified and decoded message. */
export interface Announcement extends AnnouncedSelf {
  readonly kind: AnnouncementKind;
  readonly via: Via;
  /** Addresses it says it has. */
  readonly endpoints: readonly Endpoint[];
  /** New at every start of the sender's agent. */
  readonly bootId: string;
  /** Rises with every message of that start. */
  readonly seq: number;
}

/** The service all members offer and look for (ST, NT). */
export const SERVICE = 'urn:plumpos:service:member:1';

/** Most LAN addresses one message names. */
export const MOST_ENDPOINTS = 8;
