import type { Clock } from '../../base/clock.ts';
import type { Message } from '../../model/gossip-message.ts';
import type { LocalHealth } from './local-health.ts';
import type { Peer } from './peer-table.ts';
import type { Settings } from './settings.ts';

/** What probing needs of the rest of membership. */
export interface ProberHost {
  /** Sends a message; a suspect is told what it is suspected of (Lifeguard's "buddy system"). */
  send(to: string, message: Message): void;
  nextTarget(): Peer | undefined;
  /** Members to ask for an indirect probe of `id`. */
  helpers(id: string, count: number): readonly Peer[];
  /** Nobody reached it: a reason to suspect it. */
  unanswered(peer: Peer): void;
  /** Whether the direct way to it works; through others it may be reached all the same. */
  reached(peer: Peer, directly: boolean): void;
}

interface Probe {
  readonly answered: (from: string) => void;
  readonly nack: () => void;
}

/** How often a decision is put off because its timer came late. */
const MOST_EXTENSIONS = 3;
/** Probes under way, ours and those for others; more are not begun. */
const MOST_PROBES = 1024;

/**
 * SWIM's failure detector: each period one member is probed directly, then through others (SWIM §3.1).
 *
 * A late timer is evidence about this member, not about the other one: after a stall Node.js runs the timers before it
 * reads the sockets, where the answer may long have been waiting. So a decision whose timer came late is put off, and
 * the local health score rises.
 */
export class Prober implements Disposable {
  readonly #clock: Clock;
  readonly #settings: Settings;
  readonly #health: LocalHealth;
  readonly #host: ProberHost;
  readonly #probes = new Map<number, Probe>();
  readonly #timers = new Set<Disposable>();
  /** Members whose direct way failed last: probed again next period, beside the regular one, until it is clear. */
  readonly #again = new Map<string, Peer>();
  #seq: number;

  constructor(clock: Clock, settings: Settings, health: LocalHealth, host: ProberHost, firstSeq: number) {
    this.#clock = clock;
    this.#settings = settings;
    this.#health = health;
    this.#host = host;
    this.#seq = firstSeq;
  }

  /** Probes one member each period from now on. `phase` (0…1 periods) keeps members that boot together apart. */
  start(phase: number): void {
    this.#later(phase * this.#settings.periodMs, () => this.#period());
  }

  /** An `ack` or `nack` arrived. */
  answered(kind: 'ack' | 'nack', seq: number, from: string): void {
    const probe = this.#probes.get(seq);
    if (kind === 'ack') probe?.answered(from);
    else probe?.nack();
  }

  /** Probes `target` on behalf of `asker`, and says so when there is no answer in time (Lifeguard §IV.A, nack). */
  probeFor(asker: string, askedSeq: number, target: string): void {
    if (this.#probes.size >= MOST_PROBES) return;
    const seq = this.#nextSeq();
    const done = this.#later(this.#settings.probeTimeoutMs * 0.8, () => {
      this.#probes.delete(seq);
      this.#host.send(asker, { kind: 'nack', seq: askedSeq });
    });
    const answered = () => {
      this.#probes.delete(seq);
      done[Symbol.dispose]();
      this.#host.send(asker, { kind: 'ack', seq: askedSeq });
    };
    this.#probes.set(seq, { answered, nack: () => {} });
    this.#host.send(target, { kind: 'ping', seq });
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#probes.clear();
    this.#again.clear();
  }

  #period(): void {
    this.#later(this.#health.scale(this.#settings.periodMs), () => this.#period());
    const [again] = this.#again.values();
    const next = this.#host.nextTarget();
    if (again !== undefined) this.#again.delete(again.entry.id);
    for (const peer of new Set([next, again]))
      if (peer !== undefined && this.#probes.size < MOST_PROBES) this.#probe(peer);
  }

  #probe(peer: Peer): void {
    const seq = this.#nextSeq();
    const to = peer.entry.overlay;
    let asked = 0;
    let nacks = 0;
    const end = (found: boolean, from?: string) => {
      if (!this.#probes.delete(seq)) return;
      if (from === to) this.#host.reached(peer, true);
      indirect[Symbol.dispose]();
      verdict[Symbol.dispose]();
      if (found) return this.#health.change(-1);
      // Helpers that do not even say "no" are as silent as the target: the fault is probably here.
      this.#health.change(asked > 0 ? asked - nacks : 1);
      this.#host.unanswered(peer);
    };
    this.#probes.set(seq, { answered: (from) => end(true, from), nack: () => void nacks++ });
    const indirect = this.#patiently(this.#health.scale(this.#settings.probeTimeoutMs), () => {
      const helpers = this.#host.helpers(peer.entry.id, this.#settings.indirectProbes);
      asked = helpers.length;
      this.#host.reached(peer, false);
      this.#again.set(peer.entry.id, peer);
      for (const helper of helpers)
        this.#host.send(helper.entry.overlay, { kind: 'ping-req', seq, target: peer.entry.id });
      // Once more directly: one lost datagram is no reason to doubt (memberlist falls back to TCP here).
      this.#host.send(to, { kind: 'ping', seq });
    });
    const verdict = this.#patiently(this.#health.scale(this.#settings.periodMs), () => end(false));
    this.#host.send(to, { kind: 'ping', seq });
  }

  /** A timer whose action waits for as long again, a few times, while the timer itself comes late. */
  #patiently(ms: number, action: () => void): Disposable {
    let extensions = 0;
    let timer: Disposable;
    const arm = () => {
      const due = this.#clock.now() + ms;
      timer = this.#later(ms, () => {
        const late = this.#clock.now() - due;
        if (late <= this.#settings.lateMs || extensions++ >= MOST_EXTENSIONS) return action();
        this.#health.change(1);
        arm();
      });
    };
    arm();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  #later(ms: number, action: () => void): Disposable {
    const inner = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      action();
    });
    const timer: Disposable = {
      [Symbol.dispose]: () => {
        this.#timers.delete(timer);
        inner[Symbol.dispose]();
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  #nextSeq(): number {
    this.#seq = (this.#seq + 1) >>> 0;
    return this.#seq;
  }
}
