import type { Clock } from '../../base/clock.ts';
import type { Update } from '../../model/gossip-message.ts';
import type { MemberEntry } from '../../model/member.ts';
import type { GossipQueue } from '../gossip/queue.ts';
import { newerEntry, overrides } from '../gossip/update.ts';
import type { LocalHealth } from './local-health.ts';
import type { MembershipEvent } from './membership-event.ts';
import { elder } from './numbers.ts';
import { isLiving, type Peer, type PeerTable, updateOf } from './peer-table.ts';
import type { Settings } from './settings.ts';
import { shortestSuspicionMs, Suspicion } from './suspicion.ts';

/** What the roster needs around it. */
export interface RosterDeps {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly health: LocalHealth;
  readonly table: PeerTable;
  readonly queue: GossipQueue;
  readonly self: () => MemberEntry;
  /** News was queued: someone should pass it on. */
  readonly news: () => void;
  /** Tells a suspect what it is suspected of, so that it answers for itself. */
  readonly accuse: (peer: Peer) => void;
  readonly event: (event: MembershipEvent) => void;
}

/** A reason to check whether a member that seemed to live is there at all. */
interface Doubt {
  readonly other: MemberEntry;
  readonly what: 'mac' | 'address';
  readonly value: string;
}

/** How often a verdict of death is put off because our own clock came late or the suspect was heard. */
const MOST_EXTENSIONS = 3;
/** An incompatible member not heard for so many contacts is no longer listed. */
const FOREIGN_SILENCE = 12;
/** A doubted twin has so many of the usual suspicion times to speak up. */
const DOUBT_SHARE = 0.5;

/** Turns what is said about members into what this member believes, and passes on what is news. */
export class Roster implements Disposable {
  readonly #deps: RosterDeps;
  readonly #suspicions = new Map<string, { timer: Suspicion; extensions: number }>();
  readonly #doubts = new Map<string, Doubt>();
  /** Members met since it was last asked; tells that a comparison with others is worth it. */
  #met = 0;

  constructor(deps: RosterDeps) {
    this.#deps = deps;
  }

  takeMet(): number {
    const met = this.#met;
    this.#met = 0;
    return met;
  }

  /** Takes in one update about another member. */
  merge(update: Update): void {
    const known = this.#deps.table.get(update.id);
    if (known === undefined) return this.#meet(update);
    const fresh = update.entry !== undefined && newerEntry(update.entry, known.entry);
    const entry = fresh ? update.entry : known.entry;
    const judged = { incarnation: known.incarnation, state: known.state === 'incompatible' ? 'alive' : known.state };
    if (overrides(update, judged)) {
      this.#become(known, { ...known, entry, state: update.state, incarnation: update.incarnation, by: update.by });
    } else if (fresh) {
      this.#deps.table.set({ ...known, entry });
      this.#pass({ ...known, entry });
      this.#deps.event({ type: 'changed', entry });
    } else if (update.state === 'suspect' && known.state === 'suspect' && update.incarnation === known.incarnation) {
      // An independent suspicion counts, and is passed on for the others to count (Lifeguard §IV.B).
      if (this.#suspicions.get(update.id)?.timer.confirm(update.by) === true) this.#queue(update);
    }
  }

  /** This member itself got no answer from `peer`. */
  suspect(peer: Peer): void {
    const now = this.#deps.table.get(peer.entry.id);
    if (now === undefined || !isLiving(now)) return;
    const { id } = peer.entry;
    this.merge({ id, state: 'suspect', incarnation: now.incarnation, by: this.#deps.self().id });
  }

  /** A member of another protocol was heard. */
  incompatible(entry: MemberEntry): void {
    const { clock, table } = this.#deps;
    const now = clock.now();
    const known = table.get(entry.id);
    this.#suspicions.get(entry.id)?.timer[Symbol.dispose]();
    this.#suspicions.delete(entry.id);
    const peer: Peer = {
      incarnation: known?.incarnation ?? 0,
      by: '',
      since: known?.state === 'incompatible' ? known.since : now,
      told: 0,
      entry,
      state: 'incompatible',
      heard: now,
    };
    table.set(peer);
    if (known?.state !== 'incompatible') this.#deps.event({ type: 'incompatible', entry });
  }

  /** Forgets members that have been gone for long. */
  reap(): void {
    const { clock, settings, table } = this.#deps;
    const now = clock.now();
    for (const peer of table.all()) {
      const gone =
        peer.state === 'incompatible'
          ? now - peer.heard > FOREIGN_SILENCE * settings.recontactMs
          : !isLiving(peer) && now - peer.since > settings.keepGoneMs;
      if (gone) this.#forget(peer.entry.id);
    }
  }

  /** Takes up again what {@link [Symbol.dispose]} dropped: suspicions under way. */
  resume(): void {
    for (const peer of this.#deps.table.all()) if (peer.state === 'suspect') this.#watch(peer);
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#suspicions.values()) timer[Symbol.dispose]();
    this.#suspicions.clear();
  }

  #meet(update: Update): void {
    // The dead and the departed whom we never knew need no place in our list.
    if (update.entry === undefined || update.state === 'dead' || update.state === 'left') return;
    const { entry } = update;
    if (entry.protocol !== this.#deps.self().protocol) return this.incompatible(entry);
    const now = this.#deps.clock.now();
    const { state, incarnation, by } = update;
    const peer: Peer = { entry, state, incarnation, by, since: now, heard: now, told: 0 };
    this.#deps.table.set(peer);
    this.#met++;
    this.#deps.event({ type: 'joined', entry });
    if (state === 'suspect') this.#watch(peer);
    this.#pass(peer);
    this.#lookForTwins(peer);
  }

  #become(before: Peer, after: Peer): void {
    const { clock, table, event } = this.#deps;
    const { entry } = after;
    if (entry.protocol !== this.#deps.self().protocol) return this.incompatible(entry);
    const peer = { ...after, since: clock.now() };
    table.set(peer);
    this.#suspicions.get(entry.id)?.timer[Symbol.dispose]();
    this.#suspicions.delete(entry.id);
    this.#pass(peer);
    if (peer.state === 'suspect') {
      this.#watch(peer);
      if (before.state === 'alive') event({ type: 'suspect', entry });
    } else if (peer.state === 'alive') {
      if (!isLiving(before)) {
        this.#met++;
        event({ type: 'back', entry });
      }
      this.#settleDoubt(peer, true);
    } else {
      if (before.state !== peer.state) event({ type: peer.state as 'dead' | 'left', entry });
      this.#settleDoubt(peer, false);
    }
  }

  #watch(peer: Peer): void {
    const { clock, settings, table } = this.#deps;
    const { id } = peer.entry;
    const doubted = this.#doubts.has(id);
    const how = doubted
      ? { ...settings, suspicionMult: settings.suspicionMult * DOUBT_SHARE, suspicionMaxMult: 1 }
      : settings;
    const members = table.livingCount + 1;
    const timer = new Suspicion(clock, how, members, peer.by, {
      lastWord: () => this.#lastWord(id),
      expired: (late) => this.#expired(id, late),
    });
    this.#suspicions.set(id, { timer, extensions: 0 });
  }

  #lastWord(id: string): void {
    const peer = this.#deps.table.get(id);
    if (peer?.state === 'suspect') this.#deps.accuse(peer);
  }

  #expired(id: string, late: number): void {
    const { clock, settings, health, table } = this.#deps;
    const peer = table.get(id);
    const suspicion = this.#suspicions.get(id);
    if (peer?.state !== 'suspect' || suspicion === undefined) return;
    // We were asleep (its refutation may be waiting unread), or it does speak to us: not yet.
    const asleep = late > settings.lateMs;
    const speaks = peer.heard > peer.since && clock.now() - peer.heard < shortestSuspicionMs(settings, 1);
    if ((asleep || speaks) && suspicion.extensions++ < MOST_EXTENSIONS) {
      if (asleep) health.change(1);
      return suspicion.timer.again();
    }
    this.merge({ id, state: 'dead', incarnation: peer.incarnation, by: this.#deps.self().id });
  }

  /**
   * A member that claims the MAC of another one is usually the same machine after a reboot: the older entry is doubted
   * and goes when nobody stands behind it. If somebody does, two machines have the same MAC or address, which is told.
   */
  #lookForTwins(peer: Peer): void {
    const { table } = this.#deps;
    const self = this.#deps.self();
    for (const { peer: twin, ...shared } of table.sharing(peer.entry)) {
      const older = elder(peer.entry, twin.entry) === peer.entry ? peer : twin;
      this.#doubt(older, { other: older === peer ? twin.entry : peer.entry, ...shared });
    }
    for (const { peer: twin, ...shared } of table.sharing(self)) {
      if (twin.entry.id === peer.entry.id && elder(peer.entry, self) === peer.entry)
        this.#doubt(peer, { other: self, ...shared });
    }
  }

  #doubt(older: Peer, doubt: Doubt): void {
    const { id } = older.entry;
    if (isLiving(older)) {
      if (this.#doubts.has(id)) return;
      this.#doubts.set(id, doubt);
      this.suspect(older);
    } else if (doubt.what === 'mac' && older.state !== 'incompatible') this.#replaced(older.entry);
  }

  #settleDoubt(peer: Peer, lives: boolean): void {
    const { id } = peer.entry;
    const doubt = this.#doubts.get(id);
    if (doubt === undefined) return;
    this.#doubts.delete(id);
    if (lives) this.#deps.event({ type: 'twice', entry: peer.entry, ...doubt });
    else if (doubt.what === 'mac') this.#replaced(peer.entry);
  }

  #replaced(entry: MemberEntry): void {
    this.#forget(entry.id);
    this.#deps.event({ type: 'replaced', entry });
  }

  #forget(id: string): void {
    this.#suspicions.get(id)?.timer[Symbol.dispose]();
    this.#suspicions.delete(id);
    this.#doubts.delete(id);
    this.#deps.table.remove(id);
  }

  #pass(peer: Peer): void {
    const update = updateOf(peer);
    if (update === undefined) return;
    // Who does not know the member need not hear that it is doubted or gone: only `alive` carries the entry.
    const { entry, ...bare } = update;
    this.#queue(update.state === 'alive' ? { ...bare, ...(entry === undefined ? {} : { entry }) } : bare);
  }

  #queue(update: Update): void {
    this.#deps.queue.add(update);
    this.#deps.news();
  }
}
