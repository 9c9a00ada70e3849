import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import {
  choose,
  endpointText,
  forgetFailures,
  heard,
  MISSES_ALLOWED,
  newPath,
  type OwnAddress,
  type Path,
  probed,
} from '../core/endpoint-choice.ts';
import type { Endpoint } from '../model/member.ts';
import type { PeerState, WireGuard, WireGuardPeer } from '../system/wireguard.ts';

const REVIEW_MS = 30_000;
const RETRY_MS = 5_000;
/** How soon it is looked whether a new peer has answered. */
const NEW_REVIEW_MS = 2_000;
/** Peers are new for so long; and peers of an agent that died are kept for so long, until it knows the others again. */
const NEW_MS = 60_000;
/** Changes of one moment are put into one command. */
const GATHER_MS = 20;
/** Firewalls forget UDP after 30 s or more. Where there are very many members they talk often enough anyway. */
const KEEPALIVE_S = 25;
const MOST_KEPT_ALIVE = 256;

/** A peer as the membership knows it. */
export interface OverlayPeer {
  readonly id: string;
  readonly overlay: string;
  readonly endpoints: readonly Endpoint[];
}

/** How one peer is reached now. */
export interface PeerPath {
  readonly id: string;
  readonly endpoint: string | undefined;
  /** Seconds since 1970 of its last handshake, 0 for never. */
  readonly handshake: number;
}

/** What keeping the peers needs. */
export interface OverlayPeersDeps {
  readonly device: Pick<WireGuard, 'read' | 'change'>;
  readonly presharedKey: string;
  ownAddresses(): readonly OwnAddress[];
  readonly clock: Clock;
  readonly log: Log;
}

interface Known {
  peer: OverlayPeer;
  path: Path;
  readonly since: number;
}

/** Keeps WireGuard's peers as the membership wants them, each by its best endpoint. */
export class OverlayPeers implements Disposable {
  readonly #deps: OverlayPeersDeps;
  readonly #wanted = new Map<string, Known>();
  /** What the kernel has, as last read. */
  #actual = new Map<string, PeerState>();
  /** Peers found in the kernel at the start; not known before the first look. */
  #leftOver: Set<string> | undefined;
  readonly #started: number;
  #timer: Disposable | undefined;
  #due = Number.POSITIVE_INFINITY;
  #reviewing = false;
  #again = false;
  #closed = false;

  constructor(deps: OverlayPeersDeps) {
    this.#deps = deps;
    this.#started = deps.clock.now();
    this.#reviewIn(GATHER_MS);
  }

  set(peers: readonly OverlayPeer[]): void {
    const ids = new Set(peers.map(({ id }) => id));
    let changed = false;
    for (const id of this.#wanted.keys()) if (!ids.has(id)) changed = this.#wanted.delete(id) || changed;
    for (const peer of peers) {
      const known = this.#wanted.get(peer.id);
      if (known && sameEndpoints(known.peer.endpoints, peer.endpoints)) continue;
      changed = true;
      const path = known ? forgetFailures(known.path) : newPath();
      this.#wanted.set(peer.id, { peer, path, since: known?.since ?? this.#deps.clock.now() });
    }
    if (changed) this.#reviewIn(GATHER_MS);
  }

  probed(id: string, ok: boolean): void {
    const known = this.#wanted.get(id);
    if (!known) return;
    known.path = probed(known.path, ok, this.#deps.clock.now());
    if (known.path.misses > 0 && known.path.misses % MISSES_ALLOWED === 0) this.#reviewIn(GATHER_MS);
  }

  heard(id: string, endpoint: Pick<Endpoint, 'address' | 'port'>): void {
    const known = this.#wanted.get(id);
    if (!known) return;
    const path = heard(known.path, endpointText(endpoint), this.#deps.clock.now());
    if (path === known.path) return;
    known.path = path;
    this.#reviewIn(GATHER_MS);
  }

  /** Our own addresses changed. */
  nicsChanged(): void {
    for (const known of this.#wanted.values()) known.path = forgetFailures(known.path);
    this.#reviewIn(GATHER_MS);
  }

  paths(): PeerPath[] {
    return [...this.#wanted.keys()].map((id) => {
      const actual = this.#actual.get(id);
      return { id, endpoint: actual?.endpoint, handshake: actual?.handshake ?? 0 };
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
  }

  #reviewIn(ms: number): void {
    const due = this.#deps.clock.now() + ms;
    if (this.#closed || due >= this.#due) return;
    this.#due = due;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#deps.clock.after(ms, () => {
      this.#due = Number.POSITIVE_INFINITY;
      void this.#review();
    });
  }

  /** One at a time: two would both read, and the older one write last. */
  async #review(): Promise<void> {
    if (this.#reviewing) {
      this.#again = true;
      return;
    }
    this.#reviewing = true;
    try {
      await this.#reviewOnce();
      this.#reviewIn(this.#again ? GATHER_MS : this.#awaitsAnswers() ? NEW_REVIEW_MS : REVIEW_MS);
    } catch (error) {
      this.#deps.log.warn('peers of the overlay could not be set', { error: messageOf(error) });
      this.#reviewIn(RETRY_MS);
    } finally {
      this.#reviewing = false;
      this.#again = false;
    }
  }

  async #reviewOnce(): Promise<void> {
    const state = await this.#deps.device.read();
    this.#actual = new Map(state?.peers.map((peer) => [peer.publicKey, peer]));
    const leftOver = this.#leftOvers();
    const remove = [...this.#actual.keys()].filter((id) => !this.#wanted.has(id) && !leftOver.has(id));
    const add: WireGuardPeer[] = [];
    for (const known of this.#wanted.values()) {
      const set = this.#choose(known);
      if (set || !this.#actual.has(known.peer.id)) add.push(this.#describe(known, set));
    }
    await this.#deps.device.change(add, remove);
    for (const { publicKey, endpoint } of add) {
      const before = this.#actual.get(publicKey);
      const handshake = before?.handshake ?? 0;
      this.#actual.set(publicKey, { publicKey, handshake, endpoint: endpoint ?? before?.endpoint });
    }
    for (const id of remove) this.#actual.delete(id);
  }

  /** What an agent that died left in the kernel goes on working until this one has met its peers again. */
  #leftOvers(): ReadonlySet<string> {
    this.#leftOver ??= new Set(this.#actual.keys());
    for (const id of this.#wanted.keys()) this.#leftOver.delete(id);
    if (this.#deps.clock.now() - this.#started > NEW_MS) this.#leftOver.clear();
    return this.#leftOver;
  }

  #awaitsAnswers(): boolean {
    const now = this.#deps.clock.now();
    return [...this.#wanted].some(([id, { since }]) => now - since < NEW_MS && !this.#actual.get(id)?.handshake);
  }

  #choose(known: Known): Endpoint | undefined {
    const { peer, path } = known;
    const actual = this.#actual.get(peer.id);
    const ways = { ours: this.#deps.ownAddresses(), theirs: peer.endpoints, actual: actual?.endpoint };
    // A peer the kernel does not have (any more) is set up from the beginning.
    const choice = choose(actual ? path : { ...path, current: undefined }, ways, this.#deps.clock.now());
    known.path = choice.path;
    if (choice.set && path.current !== undefined)
      this.#deps.log.info('peer is reached another way', {
        peer: peer.id,
        from: actual?.endpoint ?? path.current,
        to: endpointText(choice.set),
      });
    return choice.set;
  }

  #describe({ peer }: Known, endpoint: Endpoint | undefined): WireGuardPeer {
    return {
      publicKey: peer.id,
      presharedKey: this.#deps.presharedKey,
      address: peer.overlay,
      endpoint: endpoint && endpointText(endpoint),
      keepalive: this.#wanted.size <= MOST_KEPT_ALIVE ? KEEPALIVE_S : 0,
    };
  }
}

/** Their order does not count: announcements name the address they were sent from first. */
function sameEndpoints(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  const text = (endpoints: readonly Endpoint[]) =>
    endpoints
      .map((one) => `${endpointText(one)}/${one.prefix}`)
      .toSorted()
      .join(' ');
  return text(a) === text(b);
}
