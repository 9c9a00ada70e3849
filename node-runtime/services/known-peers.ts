import type { Clock } from '../base/clock.ts';
import type { Endpoint, NodeView } from '../model/member.ts';
import type { SeenPeer } from './discovery.ts';
import type { OverlayPeer } from './overlay-peers.ts';

/** An announcement is good for so long. */
const HINT_MS = 600_000;
/** Announced peers remembered, newest kept; members known by gossip come on top. */
const MOST_HINTS = 4096;
const MOST_ENDPOINTS = 8;

/** Whom WireGuard should talk to: whoever was announced lately, and whoever gossip tells of. */
export class KnownPeers {
  readonly #clock: Clock;
  readonly #hints = new Map<string, { readonly seen: SeenPeer; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An announcement was heard. */
  seen(peer: SeenPeer): void {
    this.#hints.delete(peer.id);
    this.#hints.set(peer.id, { seen: peer, at: this.#clock.now() });
    const oldest = this.#hints.keys().next().value;
    if (this.#hints.size > MOST_HINTS && oldest !== undefined) this.#hints.delete(oldest);
  }

  /** A byebye was heard. */
  gone(id: string): void {
    this.#hints.delete(id);
  }

  /** The peers to be in touch with, given what membership knows. */
  peers(members: readonly NodeView[]): OverlayPeer[] {
    const fresh = this.#clock.now() - HINT_MS;
    for (const [id, hint] of this.#hints) if (hint.at < fresh) this.#hints.delete(id);
    const peers = new Map<string, OverlayPeer>();
    for (const { seen } of this.#hints.values()) peers.set(seen.id, seen);
    for (const member of members) {
      const hint = peers.get(member.id);
      if (member.self || (member.state === 'left' && hint === undefined)) continue;
      const endpoints = merge(member.endpoints, hint?.endpoints ?? []);
      peers.set(member.id, { id: member.id, overlay: member.overlay, endpoints });
    }
    return [...peers.values()];
  }
}

/** Its own words first; an announcement may know an address that gossip could not yet bring. */
function merge(own: readonly Endpoint[], announced: readonly Endpoint[]): Endpoint[] {
  const more = announced.filter(
    ({ address, port }) => !own.some((one) => one.address === address && one.port === port),
  );
  return [...own, ...more].slice(0, MOST_ENDPOINTS);
}
