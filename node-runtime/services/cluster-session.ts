import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type MemberEntry, type NodeView, isLiving } from '../model/member.ts';
import { PROTOCOL } from '../model/member.ts';
import { overlayAddress, overlayPrefix } from '../model/overlay-address.ts';
import type { Check, NicStatus } from '../model/status.ts';
import { openDeviceSocket } from '../system/device-socket.ts';
import { type Discovery, type SeenPeer, startDiscovery } from './discovery.ts';
import type { EventRing } from './events.ts';
import type { Jobs } from './home/jobs.ts';
import { KnownPeers } from './known-peers.ts';
import { membersCheck } from './members-check.ts';
import { type MembershipService, startMembership } from './membership.ts';
import { type Overlay, startOverlay } from './overlay.ts';
import { type AgentIdentity, changingFacts, firstEntry } from './own-facts.ts';
import type { OwnNumber } from './own-number.ts';

/** The NICs as the other services see them. */
export interface NicSource {
  list(): readonly NicStatus[];
  onChange(changed: () => void): unknown;
}

/** What a session needs. */
export interface SessionDeps {
  readonly identity: AgentIdentity;
  readonly nics: NicSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRing;
  /** What this member goes by, and the addresses of peers somebody listed. */
  readonly number: OwnNumber;
  /** Members, addresses or checks changed. */
  onChange(): void;
  /** Starts what this member does for jobs in the cluster; without it, or when it fails, there is none. */
  startJobs?(overlay: Overlay, members: () => readonly NodeView[]): Promise<Jobs>;
}

/** Peers are set once after a burst of news. */
const GATHER_MS = 50;

/** Taking part in one cluster, from its secret to byebye: overlay, membership in it, discovery on the LANs. */
export class ClusterSession implements AsyncDisposable {
  readonly #deps: SessionDeps;
  readonly #peers: KnownPeers;
  readonly #overlay: Overlay;
  #membership: MembershipService | undefined;
  #discovery: Discovery | undefined;
  #jobs: Jobs | undefined;
  #starting: Promise<void> | undefined;
  #gather: Disposable | undefined;
  #closed = false;

  private constructor(deps: SessionDeps, overlay: Overlay) {
    this.#deps = deps;
    this.#overlay = overlay;
    this.#peers = new KnownPeers(deps.clock);
  }

  /** Starts taking part. Without WireGuard the session has a `problem` and stays alone; nothing fails. */
  static async start(deps: SessionDeps, secret: Uint8Array, signal: AbortSignal) {
    const { clock, log, nics } = deps;
    const overlay = await startOverlay({ secret, nics, clock, log: log.child({ service: 'overlay' }) }, signal);
    const session = new ClusterSession(deps, overlay);
    if (overlay.problem === undefined) {
      await session.#takePart(secret, signal);
      // Joined is joined, however long it takes until jobs can run.
      session.#starting = session.#startJobs();
    }
    nics.onChange(() => session.factsChanged());
    return session;
  }

  /** Why this member stays alone although it has a secret. */
  get problem(): string | undefined {
    return this.#overlay.problem;
  }

  get id(): string {
    return this.#overlay.self.id;
  }

  get overlayAddress(): string {
    return this.#overlay.self.overlay;
  }

  /** Was this member announced on any LAN? */
  get announced(): boolean {
    return this.#discovery?.stats().some((nic) => nic.sent > 0) === true;
  }

  get membership(): MembershipService | undefined {
    return this.#membership;
  }

  get discovery(): Discovery | undefined {
    return this.#discovery;
  }

  get jobs(): Jobs | undefined {
    return this.#jobs;
  }

  get overlay(): Overlay {
    return this.#overlay;
  }

  views(): NodeView[] {
    return this.#membership?.core.views() ?? [];
  }

  checks(): Check[] {
    const members = this.#membership === undefined ? [] : [membersCheck(this.views())];
    return [...members, ...this.#overlay.checks(), ...(this.#discovery?.checks() ?? [])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#gather?.[Symbol.dispose]();
    await this.#starting;
    await this.#jobs?.[Symbol.asyncDispose]();
    // In this order: the others hear that we leave, on the LAN and in the overlay, before the way to them goes.
    await this.#discovery?.[Symbol.asyncDispose]();
    await this.#membership?.[Symbol.asyncDispose]();
    await this.#overlay[Symbol.asyncDispose]();
  }

  async #takePart(secret: Uint8Array, signal: AbortSignal): Promise<void> {
    const { identity, nics, clock, log, events, number } = this.#deps;
    const { id, overlay, port } = this.#overlay.self;
    const prefix = overlayPrefix(secret);
    const self = firstEntry(identity, id, overlay, changingFacts(identity, nics.list(), port, number.claim()));
    const common = { clock, events };
    this.#membership = await startMembership(
      {
        ...common,
        log: log.child({ service: 'membership' }),
        overlay: this.#overlay,
        self,
        overlayOf: (key) => overlayAddress(prefix, key),
        onChange: () => this.#changed(),
      },
      signal,
    );
    this.#discovery = await startDiscovery(
      {
        ...common,
        log: log.child({ service: 'discovery' }),
        nics,
        secret,
        openDeviceSocket,
        self: () => this.#announcedSelf(),
        members: () => this.#living(),
        sought: () => this.#sought(),
        onSeen: (peer) => this.#seen(peer),
        onBye: (key) => this.#bye(key),
      },
      signal,
    );
  }

  async #startJobs(): Promise<void> {
    const { startJobs, events } = this.#deps;
    try {
      this.#jobs = await startJobs?.(this.#overlay, () => this.views());
    } catch (error) {
      events.publish('job.none', `this member runs no jobs: ${messageOf(error)}`);
    }
  }

  #announcedSelf() {
    const self: MemberEntry | undefined = this.#membership?.core.self;
    if (self === undefined) return undefined;
    const { id, name, image } = self;
    return { protocol: PROTOCOL, publicKey: id, port: this.#overlay.self.port, name, image };
  }

  #living(): number {
    return this.views().filter(isLiving).length;
  }

  /** Addresses somebody listed in a map file where no member is known to live. */
  #sought(): string[] {
    const living = this.views().filter(isLiving);
    const known = new Set(living.flatMap(({ addresses }) => addresses));
    return this.#deps.number.listed.filter((address) => !known.has(address));
  }

  #seen(peer: SeenPeer): void {
    const [from] = peer.endpoints;
    this.#peers.seen(peer);
    this.#setPeersSoon();
    if (from !== undefined) this.#overlay.peerHeard(peer.id, from);
    const core = this.#membership?.core;
    const meet = () => core?.meet({ id: peer.id, overlay: peer.overlay });
    // WireGuard must know the peer before the first word to it is sent.
    if (peer.protocol === PROTOCOL) return void this.#deps.clock.after(2 * GATHER_MS, meet);
    meet();
    core?.foreign(peer.overlay, peer.protocol, peer.image);
  }

  #bye(id: string): void {
    this.#peers.gone(id);
    this.#setPeersSoon();
  }

  #changed(): void {
    this.#setPeersSoon();
    this.#deps.onChange();
  }

  #setPeersSoon(): void {
    if (this.#gather !== undefined || this.#closed) return;
    this.#gather = this.#deps.clock.after(GATHER_MS, () => {
      this.#gather = undefined;
      this.#overlay.setPeers(this.#peers.peers(this.views()));
    });
  }

  /** Our NICs or our map changed. `held` false: the number we go by is no longer ours by right. */
  factsChanged(held = true): void {
    if (this.#closed) return;
    const { identity, nics, number } = this.#deps;
    const core = this.#membership?.core;
    const claim = number.claim(held ? core?.self.number : undefined);
    if (core?.change(changingFacts(identity, nics.list(), this.#overlay.self.port, claim)) === true)
      this.#discovery?.announce();
    this.#deps.onChange();
  }
}
