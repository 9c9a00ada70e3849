import type { Clock } from '../base/clock.ts';
import { sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Membership } from '../core/membership/membership.ts';
import { LAN } from '../core/membership/settings.ts';
import type { MemberEntry } from '../model/member.ts';
import { decodeDatagram, encodeDatagram } from '../network/gossip/datagram.ts';
import { PORTS } from '../model/ports.ts';
import type { EventRing } from './events.ts';
import { publishMemberEvent } from './member-events.ts';
import type { Overlay } from './overlay.ts';

/** What membership needs. */
export interface MembershipServiceDeps {
  readonly overlay: Pick<Overlay, 'udpSocket' | 'peerHealth'>;
  /** This member's first words about itself. */
  readonly self: MemberEntry;
  /** The overlay address that belongs to a key. */
  overlayOf(id: string): string;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRing;
  /** The list of members changed. */
  onChange(): void;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Figures for the metrics. */
export interface GossipCounts {
  sent: number;
  received: number;
  /** Not one of ours, or damaged. */
  refused: number;
}

/** The running membership of one cluster. Disposing it says goodbye to all members first. */
export interface MembershipService extends AsyncDisposable {
  readonly core: Membership;
  readonly counts: GossipCounts;
}

/** A goodbye goes out twice (core/membership); then the way may be taken down. */
const GOODBYE_MS = LAN.gossipMs + 100;
const RECEIVE_BUFFER = 2 ** 20;

/** Runs core/membership over UDP in the overlay. */
export async function startMembership(deps: MembershipServiceDeps, signal: AbortSignal): Promise<MembershipService> {
  signal.throwIfAborted();
  const { overlay, self, clock, log, events } = deps;
  const counts: GossipCounts = { sent: 0, received: 0, refused: 0 };
  const socket = overlay.udpSocket(PORTS.gossip);
  socket.on('error', (error) => log.warn('the gossip socket reported an error', { error: error.message }));
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // A smaller buffer loses datagrams in a rush; gossip repeats itself.
  }
  const core = new Membership({
    clock,
    random: deps.random ?? (() => Math.random()),
    settings: LAN,
    self,
    event: (event) => {
      publishMemberEvent(events, event);
      deps.onChange();
    },
    reached: (id, directly) => overlay.peerHealth(id, directly),
    transport: {
      send: (to, message, offered) => {
        const { bytes, sent } = encodeDatagram(message, self.image, offered);
        counts.sent++;
        // Whoever cannot be reached is found out by its silence; errors of single datagrams say nothing more.
        socket.send(bytes, PORTS.gossip, to, () => {});
        return sent;
      },
    },
  });
  socket.on('message', (bytes, from) => {
    counts.received++;
    try {
      const decoded = decodeDatagram(bytes, (id) => deps.overlayOf(id));
      if (decoded.kind === 'foreign') core.foreign(from.address, decoded.protocol, decoded.image);
      else core.receive(from.address, decoded.message, decoded.updates);
    } catch (error) {
      counts.refused++;
      log.debug('refused a gossip datagram', { from: from.address, error: String(error) });
    }
  });
  core.start();
  return {
    core,
    counts,
    async [Symbol.asyncDispose]() {
      core.leave();
      await sleep(clock, GOODBYE_MS);
      core[Symbol.dispose]();
      socket.close();
    },
  };
}
