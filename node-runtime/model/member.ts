import type { NodeLoad } from './load-figures.ts';

/** How a member is seen by others. */
export type MemberState = 'alive' | 'suspect' | 'dead' | 'left' | 'incompatible';

/** One way to reach a member on a LAN: where its WireGuard socket answers. */
export interface Endpoint {
  /** IPv4 address, dotted. */
  readonly address: string;
  readonly port: number;
  /** Length of the LAN's prefix, so that a peer knows whether it shares the segment. */
  readonly prefix: number;
}

/** What a member says of itself; travels in gossip, the highest (incarnation, version) wins. */
export interface MemberEntry {
  /** WireGuard public key, base64: the identity. */
  readonly id: string;
  /** Number for people and old tools: low 16 bits of the first lease's address. */
  readonly number: number;
  /** A map file gave it its number: others that claim it too give way. */
  readonly mapped: boolean;
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** IPv6 address in the overlay, derived from `id`. */
  readonly overlay: string;
  readonly incarnation: number;
  readonly version: number;
  readonly protocol: number;
  /** Seconds since 1970 at which it booted: on a collision of numbers the older boot keeps it. */
  readonly booted: number;
  readonly kind: 'node' | 'head';
  readonly role: string;
  readonly image: string;
  readonly kernel: string;
  /** Version of CRIU, empty where there is none. */
  readonly criu: string;
  /** CPU flags that matter for moving a process, sorted. */
  readonly cpuFlags: readonly string[];
  readonly cpus: number;
  readonly memoryMB: number;
  /** MAC addresses of its wired NICs: how a machine is known again after a reboot gave it a new key. */
  readonly macs: readonly string[];
}

/** Does it take part? One that does not answer at the moment does, until it is called dead. */
export function isLiving({ state }: { readonly state: MemberState }): boolean {
  return state === 'alive' || state === 'suspect';
}

/** Protocol of the overlay's messages. A member with another one is listed as incompatible and never used. */
export const PROTOCOL = 1;

/** One row of `plumpos nodes --json`. Of load only what this member has heard. */
export interface NodeView extends MemberEntry, Partial<NodeLoad> {
  readonly state: MemberState;
  /** LAN addresses, dotted. */
  readonly addresses: readonly string[];
  readonly self: boolean;
  /** Milliseconds since the last sign of life; 0 for this member itself. */
  readonly silentMs: number;
}
