import type { Clock } from '../../base/clock.ts';
import type { Message, Update } from '../../model/gossip-message.ts';
import type { MemberEntry, NodeView } from '../../model/member.ts';
import { GossipQueue, retransmitLimit } from '../gossip/queue.ts';
import { overrides } from '../gossip/update.ts';
import { Contacts, type Hint } from './contacts.ts';
import { LocalHealth } from './local-health.ts';
import type { MembershipEvent } from './membership-event.ts';
import { numberFor } from './numbers.ts';
import { OwnEntry, type SelfPatch } from './own-entry.ts';
import { isLiving, type Peer, PeerTable, type Random, updateOf } from './peer-table.ts';
import { Prober } from './prober.ts';
import { Roster } from './roster.ts';
import type { Settings } from './settings.ts';
import type { Transport } from './transport.ts';

/** The world around membership; tests bring a virtual clock, seeded randomness and a network in memory. */
export interface MembershipDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly settings: Settings;
  readonly self: MemberEntry;
  event(event: MembershipEvent): void;
  /** The direct way to a member worked, or did not: another of its endpoints may. */
  reached(id: string, directly: boolean): void;
}

/** Most updates offered to one datagram; more would not fit anyway. */
const MOST_OFFERED = 24;

/**
 * Who is in the cluster: SWIM with Lifeguard's local health, push-pull comparison and re-contact of the dead. Pure: it
 * decides, the transport sends, the clock calls back. Only its own datagrams' senders are trusted to be who they are
 * (the overlay proves that); what they say about others is believed as in SWIM.
 */
export class Membership implements Disposable {
  readonly #deps: MembershipDeps;
  readonly #own: OwnEntry;
  readonly #table: PeerTable;
  readonly #queue = new GossipQueue();
  readonly #health: LocalHealth;
  readonly #roster: Roster;
  readonly #contacts: Contacts;
  #prober: Prober | undefined;
  #tick: Disposable | undefined;
  #gossip: Disposable | undefined;
  #ticks = 0;

  constructor(deps: MembershipDeps) {
    const { clock, random, settings } = deps;
    this.#deps = deps;
    this.#own = new OwnEntry(deps.self);
    this.#table = new PeerTable(random);
    this.#health = new LocalHealth(settings.healthMax);
    const common = { clock, settings, table: this.#table };
    this.#roster = new Roster({
      ...common,
      health: this.#health,
      queue: this.#queue,
      self: () => this.#own.entry,
      news: () => this.#armGossip(),
      accuse: (peer) => this.#send(peer.entry.overlay, { kind: 'ping', seq: 0 }),
      event: (event) => deps.event(event),
    });
    const send = (to: string, message: Message, updates: readonly Update[]) =>
      deps.transport.send(to, message, updates);
    this.#contacts = new Contacts({ ...common, random, own: this.#own, send });
  }

  get self(): MemberEntry {
    return this.#own.entry;
  }

  /** Local health score, 0 is well. */
  get health(): number {
    return this.#health.score;
  }

  start(): void {
    const { clock, random, settings } = this.#deps;
    this.#prober = new Prober(clock, settings, this.#health, this.#proberHost(), Math.floor(random() * 2 ** 32));
    this.#prober.start(random());
    this.#tick = clock.after(settings.periodMs, () => this.#period());
    this.#roster.resume();
    this.#announce();
  }

  /** Changes what this member says of itself. Returns whether anything did change. */
  change(patch: SelfPatch): boolean {
    const changed = this.#own.change(patch);
    if (changed) this.#announce();
    return changed;
  }

  /** Discovery saw a member. */
  meet(hint: Hint): void {
    if (this.#running()) this.#contacts.meet(hint);
  }

  /** Says goodbye to everybody, twice for a lossy network, and stops. The list stays for {@link rejoin}. */
  leave(): void {
    if (this.#own.left) return;
    const { clock, settings, transport } = this.#deps;
    this.#own.leave();
    this[Symbol.dispose]();
    const goodbye = () => {
      for (const peer of this.#table.living())
        transport.send(peer.entry.overlay, { kind: 'gossip' }, [this.#own.update()]);
    };
    goodbye();
    clock.after(settings.gossipMs, () => this.#own.left && goodbye());
  }

  /** Comes back after {@link leave}. */
  rejoin(): void {
    if (!this.#own.left) return;
    this.#own.rejoin();
    const known = this.#table.living();
    this.start();
    for (const peer of known) this.#send(peer.entry.overlay, { kind: 'gossip' });
  }

  /** A message arrived. `from` is proved by the overlay. */
  receive(from: string, message: Message, updates: readonly Update[]): void {
    if (!this.#running()) return;
    for (const update of updates) {
      if (update.id === this.#own.entry.id) this.#aboutSelf(from, update);
      else {
        this.#correct(from, update);
        this.#roster.merge(update);
      }
    }
    const sender = this.#table.at(from);
    if (sender !== undefined) this.#heard(sender);
    this.#answer(from, message);
  }

  /** A message of another protocol arrived: its sender is listed, never used. */
  foreign(from: string, protocol: number, image: string): void {
    const known = this.#table.at(from)?.entry ?? this.#stranger(from);
    if (this.#running() && known !== undefined) this.#roster.incompatible({ ...known, protocol, image });
  }

  /** Everybody, this member first, as `plumpos nodes` shows them. */
  views(): NodeView[] {
    const now = this.#deps.clock.now();
    const view = (entry: MemberEntry, state: NodeView['state'], self: boolean, silentMs: number): NodeView => ({
      ...entry,
      state,
      self,
      silentMs: Math.round(silentMs),
      addresses: entry.endpoints.map((endpoint) => endpoint.address),
    });
    const others = [...this.#table.all()].map((peer) => view(peer.entry, peer.state, false, now - peer.heard));
    return [view(this.#own.entry, this.#own.left ? 'left' : 'alive', true, 0), ...others];
  }

  /** Stops all timers. */
  [Symbol.dispose](): void {
    this.#prober?.[Symbol.dispose]();
    this.#tick?.[Symbol.dispose]();
    this.#gossip?.[Symbol.dispose]();
    this.#roster[Symbol.dispose]();
    this.#prober = undefined;
    this.#gossip = undefined;
  }

  #running(): boolean {
    return this.#prober !== undefined;
  }

  #proberHost() {
    return {
      send: (to: string, message: Message) => this.#send(to, message),
      nextTarget: () => this.#table.nextTarget(),
      helpers: (id: string, count: number) =>
        this.#table.sample(count, (peer) => peer.state === 'alive' && peer.entry.id !== id),
      unanswered: (peer: Peer) => this.#roster.suspect(peer),
      reached: (peer: Peer, directly: boolean) => this.#deps.reached(peer.entry.id, directly),
    };
  }

  #period(): void {
    const { clock, settings } = this.#deps;
    this.#tick = clock.after(settings.periodMs, () => this.#period());
    this.#contacts.tick(this.#roster.takeMet());
    if (this.#ticks++ % 60 === 0) this.#roster.reap();
    const before = this.#own.entry.number;
    const number = numberFor(this.#own.entry, this.#claims());
    if (number === before) return;
    this.change({ number });
    this.#deps.event({ type: 'number', entry: this.#own.entry, before });
  }

  *#claims(): Generator<MemberEntry> {
    for (const peer of this.#table.all()) if (isLiving(peer)) yield peer.entry;
  }

  #answer(from: string, message: Message): void {
    if (message.kind === 'ping') this.#send(from, { kind: 'ack', seq: message.seq });
    else if (message.kind === 'ack' || message.kind === 'nack') this.#prober?.answered(message.kind, message.seq, from);
    else if (message.kind === 'ping-req') this.#probeFor(from, message.seq, message.target);
    else if (message.kind === 'sync') this.#contacts.compared(from, message);
    else if (message.kind === 'want') this.#contacts.tell(from, message.ids);
  }

  #probeFor(asker: string, seq: number, target: string): void {
    const peer = this.#table.get(target);
    if (peer !== undefined) this.#prober?.probeFor(asker, seq, peer.entry.overlay);
  }

  /** A sign of life. Whoever is held for dead or doubted and yet speaks is told so, and refutes at once. */
  #heard(peer: Peer): void {
    peer.heard = this.#deps.clock.now();
    if (peer.state !== 'alive' && peer.state !== 'incompatible') this.#tell(peer.entry.overlay, peer);
  }

  /** Tells somebody what is held against `peer`; not with every datagram. */
  #tell(to: string, peer: Peer): void {
    const now = this.#deps.clock.now();
    const held = updateOf(peer);
    if (held === undefined || now - peer.told < this.#deps.settings.gossipMs) return;
    peer.told = now;
    this.#deps.transport.send(to, { kind: 'gossip' }, [this.#own.update(), held]);
  }

  /** Whoever still believes in one that is gone missed the news: gossip reaches everybody likely, not surely. */
  #correct(from: string, update: Update): void {
    const known = this.#table.get(update.id);
    if (known === undefined || (known.state !== 'dead' && known.state !== 'left')) return;
    const stale = overrides({ state: known.state, incarnation: known.incarnation }, update);
    if (stale && from !== known.entry.overlay) this.#tell(from, known);
  }

  #aboutSelf(from: string, update: Update): void {
    const outcome = this.#own.refute(update);
    if (outcome === undefined) return;
    if (outcome === 'raised') {
      if (update.state === 'suspect' || update.state === 'dead') {
        this.#health.change(1);
        this.#deps.event({ type: 'refuted', entry: this.#own.entry });
      }
      this.#announce();
    }
    this.#deps.transport.send(from, { kind: 'gossip' }, [this.#own.update()]);
  }

  #announce(): void {
    this.#queue.add(this.#own.update());
    if (this.#running()) this.#armGossip();
  }

  #send(to: string, message: Message): void {
    const peer = this.#table.at(to);
    const held = peer?.state === 'suspect' ? updateOf(peer) : undefined;
    const news = this.#queue.pick(MOST_OFFERED);
    const offered = held === undefined ? news : [held, ...news.filter((update) => update.id !== held.id)];
    const sent = this.#deps.transport.send(to, message, offered);
    // What goes to one that probably is dead may reach nobody: it does not count as passed on.
    if (peer === undefined || peer.state === 'alive') this.#queue.sent(offered.slice(0, sent), this.#retransmits());
  }

  #armGossip(): void {
    const { clock, settings } = this.#deps;
    if (this.#gossip !== undefined || !this.#running()) return;
    this.#gossip = clock.after(settings.gossipMs, () => {
      this.#gossip = undefined;
      if (this.#queue.size === 0) return;
      const partners = this.#table.sample(settings.gossipFanout, isLiving);
      for (const peer of partners) if (this.#queue.size > 0) this.#send(peer.entry.overlay, { kind: 'gossip' });
      if (partners.length > 0) this.#armGossip();
    });
  }

  #retransmits(): number {
    return retransmitLimit(this.#deps.settings.retransmitMult, this.#table.livingCount + 1);
  }

  /** An entry for a member we only know from its announcement. */
  #stranger(overlay: string): MemberEntry | undefined {
    const hint = this.#contacts.hintAt(overlay);
    if (hint === undefined) return undefined;
    const nothing = {
      endpoints: [],
      cpuFlags: [],
      macs: [],
      cpus: 0,
      memoryMB: 0,
      booted: 0,
      incarnation: 0,
      version: 0,
    };
    const words = { name: '', kernel: '', criu: '', role: '', image: '' };
    return { ...hint, ...nothing, ...words, number: 0, mapped: false, protocol: 0, kind: 'node' };
  }
}
