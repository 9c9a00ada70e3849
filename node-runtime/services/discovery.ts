import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { answerDelayMs } from '../core/announce-schedule.ts';
import { soughtThrough } from '../core/sought-peers.ts';
import { deriveKey } from '../model/derive-key.ts';
import type { Endpoint } from '../model/member.ts';
import { overlayAddress, overlayPrefix } from '../model/overlay-address.ts';
import type { Check, NicStatus } from '../model/status.ts';
import type { AnnouncedSelf, Announcement } from '../network/ssdp/announcement.ts';
import { ReplayTable } from '../network/ssdp/replay-table.ts';
import type { SsdpCounts, Verifier } from '../network/ssdp/verifier.ts';
import { muteSocket } from '../system/socket-filter.ts';
import { discoveryChecks } from './discovery-checks.ts';
import { DiscoveryNic } from './discovery-nic.ts';

/** A peer heard on a LAN. A hint, nothing more: trust starts with its WireGuard handshake. */
export interface SeenPeer {
  readonly id: string;
  /** Its address in the overlay, derived from `id`. */
  readonly overlay: string;
  readonly name: string;
  readonly image: string;
  readonly protocol: number;
  /** The address it was heard from first, then the others it says it has. */
  readonly endpoints: readonly Endpoint[];
  /** Our NIC that heard it. */
  readonly nic: string;
}

/** What discovery needs. */
export interface DiscoveryDeps {
  /** Our NICs; those with an address are announced. */
  readonly nics: { list(): readonly NicStatus[]; onChange(changed: () => void): unknown };
  /** Without it nothing is announced and nobody is heard. */
  readonly secret: Uint8Array | undefined;
  /** What to announce; undefined while (or because) there is no overlay to be reached in. */
  self(): AnnouncedSelf | undefined;
  /** Members of the cluster now, this one included: the more, the seldomer each one speaks. */
  members(): number;
  /** Addresses where somebody says a member is that is not known yet: told one by one, since no multicast may reach them. */
  sought(): readonly string[];
  onSeen(peer: SeenPeer): void;
  /** The peer said that it goes. */
  onBye(id: string): void;
  readonly clock: Clock;
  readonly log: Log;
  /** See NicSsdpOptions. */
  openDeviceSocket(nic: string, port: number): number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Figures of one NIC for `plumpos status` and the metrics. */
export interface DiscoveryNicStats {
  readonly nic: string;
  readonly address: string;
  readonly sent: number;
  readonly counts: SsdpCounts;
  /** Limited broadcasts are sent too, because multicast seems to be filtered. */
  readonly broadcasting: boolean;
  /** Milliseconds since a member was last heard by multicast, or by broadcast. */
  readonly multicastMs: number | undefined;
  readonly broadcastMs: number | undefined;
  /** Milliseconds since something signed with another key was heard. */
  readonly otherKeyMs: number | undefined;
}

/** Running discovery. Disposing it says byebye. */
export interface Discovery extends AsyncDisposable {
  /** What this member announces has changed (name, overlay up …): say it now. */
  announce(): void;
  stats(): DiscoveryNicStats[];
  /** `key` and `multicast` for `plumpos status`. */
  checks(): Check[];
}

/** Announces this member on every NIC that has an address and tells of the peers heard there. */
export async function startDiscovery(deps: DiscoveryDeps, signal: AbortSignal): Promise<Discovery> {
  signal.throwIfAborted();
  return deps.secret === undefined ? silent() : new RunningDiscovery(deps, deps.secret);
}

function silent(): Discovery {
  return {
    announce() {},
    stats: () => [],
    checks: () => discoveryChecks(false, [], 1),
    async [Symbol.asyncDispose]() {},
  };
}

class RunningDiscovery implements Discovery {
  readonly #deps: DiscoveryDeps;
  readonly #prefix: string;
  readonly #verifier: Verifier;
  readonly #nics = new Map<string, DiscoveryNic>();
  readonly #random: () => number;
  /** As last known: the byebye still needs it when the overlay is gone. */
  #self: AnnouncedSelf | undefined;
  #seq = 0;
  #closed = false;

  constructor(deps: DiscoveryDeps, secret: Uint8Array) {
    this.#deps = deps;
    this.#prefix = overlayPrefix(secret);
    this.#random = deps.random ?? (() => Math.random());
    this.#self = deps.self();
    this.#verifier = {
      key: deriveKey(secret, 'plumpos ssdp v1'),
      ownBootId: randomBytes(8).toString('base64url'),
      replays: new ReplayTable(),
      now: () => deps.clock.now(),
    };
    deps.nics.onChange(() => this.#follow());
    this.#follow();
  }

  announce(): void {
    this.#follow();
    for (const nic of this.#nics.values()) nic.announce();
  }

  stats(): DiscoveryNicStats[] {
    const now = this.#deps.clock.now();
    const ago = (time: number | undefined) => (time === undefined ? undefined : Math.round(now - time));
    return [...this.#nics.values()].map((nic) => ({
      nic: nic.nic,
      address: nic.address,
      sent: nic.sent,
      counts: nic.counts,
      broadcasting: nic.broadcasting,
      multicastMs: ago(nic.hearing.multicast),
      broadcastMs: ago(nic.hearing.broadcast),
      otherKeyMs: ago(nic.otherKeyAt),
    }));
  }

  checks(): Check[] {
    return discoveryChecks(true, this.stats(), this.#deps.members());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const nics = [...this.#nics.values()];
    this.#nics.clear();
    for (const nic of nics) nic.leave();
    await Promise.all(nics.map((nic) => nic[Symbol.asyncDispose]()));
  }

  /** Starts and stops NICs so that exactly those with an address are announced; the others say what changed. */
  #follow(): void {
    if (this.#closed) return;
    const self = this.#deps.self();
    this.#self = self ?? this.#self;
    const wanted = new Map(self === undefined ? [] : this.#leased().map((nic) => [nicKey(nic), nic]));
    let changed = false;
    for (const [key, running] of this.#nics) {
      if (wanted.has(key)) continue;
      this.#nics.delete(key);
      changed = true;
      running[Symbol.asyncDispose]().catch((error: unknown) => {
        this.#deps.log.warn('closing a NIC of discovery failed', { nic: running.nic, error: String(error) });
      });
    }
    const before = [...this.#nics.values()];
    for (const [key, nic] of wanted) {
      if (this.#nics.has(key)) continue;
      changed = true;
      this.#nics.set(key, this.#start(nic));
    }
    if (changed) for (const nic of before) nic.announce();
  }

  #start(nic: LeasedNic): DiscoveryNic {
    const { clock, log } = this.#deps;
    return new DiscoveryNic({
      clock,
      log,
      members: () => this.#deps.members(),
      random: this.#random,
      sought: () => soughtThrough(nic.name, this.#deps.sought(), this.#leased()),
      ssdp: {
        nic: nic.name,
        address: nic.address,
        verifier: this.#verifier,
        clock,
        openDeviceSocket: (name, port) => this.#deps.openDeviceSocket(name, port),
        muteSocket,
        self: () => this.#announced(),
        nextSeq: () => ++this.#seq,
        answerDelayMs: () => answerDelayMs(this.#deps.members(), [this.#random(), this.#random()]),
        onAnnouncement: (announcement, from) => this.#heard(announcement, from),
      },
    });
  }

  #announced(): AnnouncedSelf & { endpoints: Endpoint[] } {
    const self = this.#deps.self() ?? this.#self;
    if (!self) throw new Error('announcing without an overlay');
    const endpoints = this.#leased().map(({ address, prefix }) => ({ address, prefix, port: self.port }));
    return { ...self, name: announcedName(self.name), endpoints };
  }

  #heard(announcement: Announcement, from: { readonly address: string; readonly nic: string }): void {
    const { publicKey: id, name, image, protocol } = announcement;
    if (id === this.#deps.self()?.publicKey) return;
    if (announcement.kind === 'bye') return this.#deps.onBye(id);
    const overlay = overlayAddress(this.#prefix, id);
    this.#deps.onSeen({
      id,
      overlay,
      name,
      image,
      protocol,
      endpoints: endpointsOf(announcement, from),
      nic: from.nic,
    });
  }

  #leased(): LeasedNic[] {
    return this.#deps.nics.list().flatMap((nic) => (isLeased(nic) ? [nic] : []));
  }
}

type LeasedNic = NicStatus & { readonly address: string; readonly prefix: number };

function isLeased(nic: NicStatus): nic is LeasedNic {
  return nic.carrier && nic.address !== undefined && nic.prefix !== undefined;
}

function nicKey({ name, mac, address, prefix }: LeasedNic): string {
  return `${name} ${mac} ${address}/${prefix}`;
}

function endpointsOf({ endpoints, port }: Announcement, from: { readonly address: string }): Endpoint[] {
  const seen = endpoints.find(({ address }) => address === from.address);
  const others = endpoints.filter((endpoint) => endpoint !== seen);
  // An address it does not know itself: it is behind address translation, and only this one leads to it.
  return [seen ?? { address: from.address, prefix: 32, port }, ...others];
}

/** Names of hosts may hold what an announcement may not. */
function announcedName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9.-]/g, '-').replace(/^[.-]+/, '');
  return plain.slice(0, 63) || 'member';
}
