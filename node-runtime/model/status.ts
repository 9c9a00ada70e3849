/** How far a member is. `ready`: the API answers; `joined`: lease, announcements sent, overlay address up, in a cluster. */
export type Phase = 'starting' | 'ready' | 'joined' | 'leaving' | 'left';

/** One network card as `plumpos status` shows it. */
export interface NicStatus {
  readonly name: string;
  readonly mac: string;
  readonly driver: string;
  readonly carrier: boolean;
  /**
   * RFC 2131 state of its lease, or `no-link`, `static`, `conflict` (a fixed address somebody else has), `link-local` (no
   * server answers), `off` (no address wanted), `unmanaged` (a head's own).
   */
  readonly state: string;
  readonly address?: string;
  readonly prefix?: number;
  readonly router?: string;
  readonly server?: string;
  /** What got the lease. */
  readonly engine?: 'plumpos' | 'udhcpc';
  /** Seconds the lease has left. */
  readonly leftSeconds?: number;
}

/** Why a member may be alone: one line each on the screen of `plumpos status`. */
export interface Check {
  readonly name: 'key' | 'members' | 'wireguard' | 'clock' | 'firewall' | 'multicast' | 'network' | 'config';
  readonly ok: boolean;
  readonly text: string;
}

/** Answer of GET /v1/status. */
export interface Status {
  readonly phase: Phase;
  readonly id: string;
  readonly name: string;
  readonly number: number;
  readonly role: string;
  readonly kind: 'node' | 'head';
  readonly image: string;
  readonly version: string;
  readonly kernel: string;
  /** As the kernel reports it. */
  readonly secureBoot: boolean;
  readonly hasSecret: boolean;
  readonly overlay: string;
  readonly uptimeSeconds: number;
  /** Of one CPU; 10 000 = the reference. */
  readonly speed: number;
  readonly nics: readonly NicStatus[];
  readonly checks: readonly Check[];
  readonly members: number;
}
