import { type Handle, type LoadMessage, OFFER } from '../../model/load-message.ts';
import { Asker } from './asker.ts';
import { BalanceContext, type BalancerDeps, strainIn, takesOnlyOwn } from './balance-context.ts';
import type { Knobs } from './knobs.ts';
import { Sender } from './sender.ts';
import { type NewJob, type StartPlace, Starter } from './starter.ts';
import { CPU_BOUND, Taker } from './taker.ts';

/**
 * The balancer of one member: gossip of load, placement at start, and moves by probe and reserve. It decides alone, from what it
 * measures and what others say; nobody is master. Pure: time, chance and the member come from outside, and the simulator runs this
 * very class.
 */
export class Balancer implements Disposable {
  readonly #context: BalanceContext;
  readonly #asker: Asker;
  readonly #sender: Sender;
  readonly #taker: Taker;
  readonly #starter: Starter;

  constructor(deps: BalancerDeps) {
    this.#context = new BalanceContext(deps);
    this.#asker = new Asker(this.#context);
    this.#sender = new Sender(this.#context, this.#asker);
    this.#taker = new Taker(this.#context);
    this.#starter = new Starter(this.#context, this.#asker);
  }

  /** Once a period: measures, tells one member, gives jobs away or offers room. */
  tick(): void {
    const { host, meter } = this.#context;
    this.#context.nextVersion();
    meter.update(host.work());
    this.#taker.expire();
    this.#tell();
    this.#sender.consider();
    this.#taker.offer();
  }

  /** A datagram of another member. */
  receive(from: Handle, message: LoadMessage): void {
    const { host, view, clock, reservations } = this.#context;
    view.take(message.entries, clock.now(), (member) => host.isMember(member));
    switch (message.kind) {
      case 'push':
        return void this.#context.send(from, {
          kind: 'pull',
          entries: view.tell(this.#context.entry(), clock.now(), message.entries),
        });
      case 'pull':
        return;
      case 'ask':
        return this.#taker.asked(from, message);
      case 'grant':
        return message.seq < OFFER ? this.#asker.granted(from, message) : this.#offered(from, message);
      case 'release':
        reservations.release(from, message.seq, message.jobs);
        return message.seq < OFFER ? undefined : this.#taker.declined(from);
    }
  }

  /** Where a new job of this member should start. */
  place(job: NewJob, done: (place: StartPlace) => void): void {
    this.#starter.place(job, done);
  }

  /** A job sets out for here; undefined: no room is held for it. The result ends what is held: the job has come, or will not. */
  arriving(from: Handle, seq: number): (() => void) | undefined {
    const { reservations } = this.#context;
    const held = reservations.setOut(from, seq);
    return held && (() => reservations.landed(held.weight, held.memoryMB));
  }

  /** A job ended here or left. With nothing to do, waiting for the next period would be time lost: others are told, and asked. */
  emptier(): void {
    if (this.#context.host.work() < CPU_BOUND) {
      this.#context.nextVersion();
      for (let i = 0; i < TOLD_WHEN_IDLE; i++) this.#tell();
    }
    this.#taker.offer();
  }

  /** How a move from here to `to` went. A target that took the job's place and failed broke its word. */
  moveEnded(to: Handle, done: boolean): void {
    const { trust, clock } = this.#context;
    if (done) trust.kept(to);
    else trust.broken(to, clock.now());
    this.#sender.consider();
  }

  /** A move from here to `to` was not begun: the job's home had it otherwise. The room is given back, and nobody is to blame. */
  moveRefused(to: Handle, seq: number): void {
    this.#asker.giveBack(to, seq, 1);
  }

  /** A job of this member was starved there: its promises are worth nothing for a good while. */
  starved(by: Handle): void {
    this.#context.trust.broken(by, this.#context.clock.now(), STARVED);
  }

  /** Home decides on each move of its jobs: may one go there? */
  allows(member: Handle): boolean {
    return this.#context.trust.trusts(member, this.#context.clock.now());
  }

  /** Load entries of this member and of those it knows, in one flat list. */
  known(): Int32Array {
    const others = this.#context.view.all(this.#context.clock.now());
    const own = this.#context.entry();
    const list = new Int32Array(own.length + others.length);
    list.set(own);
    list.set(others, own.length);
    return list;
  }

  /** A member is dead or has left. */
  gone(member: Handle): void {
    this.#context.view.forget(member);
    this.#context.reservations.forget(member);
    this.#context.trust.forget(member);
    this.#sender.forget(member);
  }

  /** `stay`, `lstay`, `block`. */
  setKnobs(knobs: Knobs): void {
    this.#context.knobs = knobs;
  }

  /** All jobs leave, and none come, until told otherwise: `expel`, or the member is about to go. */
  setLeaving(leaving: boolean): void {
    this.#context.leaving = leaving;
    if (leaving) this.#sender.consider();
  }

  [Symbol.dispose](): void {
    this.#asker[Symbol.dispose]();
    this.#sender[Symbol.dispose]();
  }

  /** Tells one random member what is known here. */
  #tell(): void {
    const { host, view, clock } = this.#context;
    const to = host.randomMember();
    if (to === undefined) return;
    this.#context.send(to, { kind: 'push', entries: view.tell(this.#context.entry(), clock.now()) });
  }

  #offered(from: Handle, message: LoadMessage & { kind: 'grant' }): void {
    const { clock, settings, trust } = this.#context;
    const { seq, jobs } = message;
    if (!trust.trusts(from, clock.now())) return this.#asker.giveBack(from, seq, jobs);
    const until = clock.now() + settings.reserveMs * 0.8;
    const there = { ...strainIn(message.entries), work: message.promised };
    const room = { weight: CPU_BOUND, memoryMB: settings.offeredMB, ownOnly: takesOnlyOwn(message.entries) };
    this.#sender.offered({ member: from, seq, jobs, ...room, until, there });
  }
}

/** Members told at once when there is nothing to do here. */
const TOLD_WHEN_IDLE = 2;
/** Starving a job is as bad as so many refusals. */
const STARVED = 8;
