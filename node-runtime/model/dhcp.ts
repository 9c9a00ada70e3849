/** A route a DHCP server hands out (RFC 3442). */
export interface DhcpRoute {
  /** Destination in CIDR form. */
  readonly to: string;
  /** Router; `0.0.0.0` means on the link itself. */
  readonly via: string;
}

/** What a server grants with an address. */
export interface LeaseTerms {
  readonly address: string;
  /** Length of the network's prefix, 1 to 32. */
  readonly prefix: number;
  readonly server: string;
  /** Seconds; Infinity for a lease without end. */
  readonly leaseSeconds: number;
  /** Seconds from the grant until renewing (T1) and rebinding (T2), RFC 2131 §4.4.5. */
  readonly t1: number;
  readonly t2: number;
  readonly routes: readonly DhcpRoute[];
  readonly dns: readonly string[];
  readonly ntp: readonly string[];
  readonly domain?: string;
  readonly hostname?: string;
  readonly mtu?: number;
}

/** A message from a server, as far as a client cares. */
export type DhcpReply =
  | { readonly kind: 'offer' | 'ack'; readonly xid: number; readonly mac: string; readonly terms: LeaseTerms }
  | {
      readonly kind: 'nak';
      readonly xid: number;
      readonly mac: string;
      readonly server: string;
      readonly reason: string;
    };

/** A message of a client. */
export interface DhcpRequest {
  readonly kind: 'discover' | 'request' | 'decline' | 'release';
  readonly xid: number;
  /** Seconds since the client began. */
  readonly secs: number;
  /** Lower case, with colons. */
  readonly mac: string;
  /** The client's own address where it may use it already: renewing, rebinding, release. */
  readonly ciaddr?: string;
  /** Option 50. */
  readonly requested?: string;
  /** Option 54. */
  readonly server?: string;
  /** Option 12. */
  readonly hostname?: string;
}
