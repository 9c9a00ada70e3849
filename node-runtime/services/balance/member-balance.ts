import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BalanceHost } from '../../core/balance/balance-host.ts';
import { Balancer } from '../../core/balance/balancer.ts';
import type { JobFacts } from '../../core/balance/job-choice.ts';
import { JobMeters } from '../../core/balance/job-meters.ts';
import { CLOSED_KNOBS, type Knobs } from '../../core/balance/knobs.ts';
import { MemoryGrowth } from '../../core/balance/memory-growth.ts';
import { type MemoryState, shortMemory } from '../../core/balance/memory-pressure.ts';
import { figuresIn } from '../../core/balance/node-load.ts';
import { Rests } from '../../core/balance/rests.ts';
import { BALANCE, type BalanceSettings } from '../../core/balance/settings.ts';
import type { HeldPlace, HomeBalance } from '../../core/jobs/home-context.ts';
import { shareOf } from '../../core/jobs/fair-share.ts';
import { maskAllows } from '../../core/jobs/job-mask.ts';
import type { Job } from '../../core/jobs/job.ts';
import type { Decay } from '../../model/decay.ts';
import type { GiveAway, Given, GuestRef, Reservation } from '../../model/guest.ts';
import type { HomeOps } from '../../model/guest-ops.ts';
import type { LoadFigures } from '../../model/load-figures.ts';
import { type AskReason, FIELD, type Handle, type LoadMessage } from '../../model/load-message.ts';
import type { NodeView } from '../../model/member.ts';
import { decodeLoad, encodeLoad } from '../../network/load/datagram.ts';
import { Arrivals } from './arrivals.ts';
import { type GuestReading, guestKey } from './guest-readings.ts';
import { type LocalJob, localJob } from './local-job.ts';
import { MemberBook } from './member-book.ts';
import { MoveCosts } from './move-costs.ts';

/** What is read of this machine once a second. */
export interface MachineReading {
  /** CPU time of all of it so far (ms), and whether what waited for a CPU is part of it. */
  readonly cpu: { readonly ms: number; readonly waits: boolean };
  readonly memory: MemoryState;
  readonly guests: readonly GuestReading[];
}

/** A member's load, and how old that is. */
export interface KnownLoad {
  readonly figures: LoadFigures;
  readonly ageMs: number;
}

/** What the balancer of a member needs. */
export interface MemberBalanceDeps {
  /** Overlay address of this member. */
  readonly self: string;
  members(): readonly NodeView[];
  read(): MachineReading;
  cpus(): number;
  /** Of one CPU; 10 000 = the reference. */
  speed(): number;
  knobs(): Knobs;
  /** How fast this member forgets what jobs used. */
  decay(): Decay;
  /** Moves in flight to or from one member, as homes let them. */
  moves(): number;
  /** To the member with this overlay address. Never throws. */
  send(to: string, bytes: Buffer): void;
  /** Nothing is sent any more. */
  close?(): void;
  /** Where jobs of this home are now: overlay addresses of their hosts. */
  hosts(): ReadonlySet<string>;
  /** A member as the home of its jobs. */
  homeOf(member: string): HomeOps;
  /** Version of the first entry: see `BalancerDeps`. */
  readonly firstVersion: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Answers are waited for so long: a PC that is busy, or a slow one, takes its time. It costs nothing where all answer. */
const ROUND_MS = 500;
/** Home looks at the job and at the target before it sets out for it. */
const RESERVE_MS = 10_000;
/** Left for the host itself, beside what the balancer leaves (core/jobs/host-rules has both). */
const RESERVE_MB = 16;
/** A job that was placed at home is seen there by then. */
const PLACED_MS = 10_000;
/** Whoever was sent away by `expel` is not back at once. */
const CLEAR_MS = 60_000;

/** The balancer of the real member: measures it, carries its datagrams, and has jobs moved by their homes. */
export class MemberBalance implements BalanceHost, HomeBalance, Disposable {
  readonly #deps: MemberBalanceDeps;
  readonly #book: MemberBook;
  readonly #meters: JobMeters<GuestReading>;
  readonly #growth = new MemoryGrowth();
  readonly #arrivals = new Arrivals();
  readonly #rests = new Rests();
  readonly #costs = new MoveCosts();
  readonly #balancer: Balancer;
  /** Jobs on their way from here by our own wish, with their memory in MB. */
  readonly #leaving = new Map<string, number>();
  /** Jobs of this home that were placed here, and until when they may not be seen yet. */
  readonly #placed = new Map<string, number>();
  #memory: MemoryState = { somePercent: 0, freeMB: 0, totalMB: 0 };
  #heardMs = Number.NEGATIVE_INFINITY;
  #clearUntilMs = Number.NEGATIVE_INFINITY;
  #closed = false;
  #timer: Disposable;

  constructor(deps: MemberBalanceDeps) {
    this.#deps = deps;
    this.#book = new MemberBook(deps.self);
    this.#meters = new JobMeters(deps.decay);
    const { clock, random, firstVersion } = deps;
    const self = this.#book.self;
    this.#balancer = new Balancer({ self, host: this, clock, random, firstVersion, settings: settingsOf(deps) });
    this.#look();
    this.#balancer.setKnobs(this.#knobs());
    this.#timer = clock.after(random() * BALANCE.periodMs, () => this.#tick());
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer[Symbol.dispose]();
    this.#balancer[Symbol.dispose]();
    this.#deps.close?.();
  }

  /** This member is about to go: it gives no promises any more, and others are told. */
  close(): void {
    this.#closed = true;
    this.#balancer.setKnobs(CLOSED_KNOBS);
  }

  /** All guests are sent away: for a while no other comes by itself. */
  keepClear(): void {
    this.#clearUntilMs = this.#deps.clock.now() + CLEAR_MS;
    if (!this.#closed) this.#balancer.setKnobs(this.#knobs());
  }

  /** A datagram of another member. @throws PlumpError PLUMP_PROTOCOL when it is none */
  receive(from: string, bytes: Buffer): void {
    const sender = this.#book.at(from);
    if (sender === undefined || sender === this.#book.self) return;
    const message = decodeLoad(bytes, sender, this.#book);
    this.#heardMs = this.#deps.clock.now();
    this.#balancer.receive(sender, message);
  }

  /** Room that somebody asks for on the strength of a promise of this balancer; `reserve` sets it aside. */
  reserve(ref: GuestRef, want: Reservation, reserve: () => Promise<void>): Promise<void> {
    const from = this.#book.at(want.source ?? ref.home);
    const { room } = want;
    const setOut = () => (from === undefined || room === undefined ? undefined : this.#balancer.arriving(from, room));
    return room === undefined ? reserve() : this.#arrivals.reserve(guestKey(ref), setOut, reserve);
  }

  /** A guest ended here. */
  ended(ref: GuestRef): void {
    this.#meters.remove(guestKey(ref));
    this.#arrivals.end(guestKey(ref));
    this.#balancer.emptier();
  }

  /** Where a job of this home should start. */
  place(job: Job, memoryBytes: number): Promise<HeldPlace | undefined> {
    const { clock, self } = this.#deps;
    if (this.#knobs().quiet || clock.now() - this.#heardMs > BALANCE.mostAgeMs) return Promise.resolve(undefined);
    const { where, hints, mask } = job.wish;
    const weight = hints?.includes('iojob') === true ? 25 : 100;
    const may = (member: Handle) =>
      (typeof where !== 'object' || where.includes(this.#overlayOf(member) ?? '')) &&
      maskAllows(mask, this.#book.viewOf(member)?.number);
    return new Promise((resolve) =>
      this.#balancer.place(
        { weight, memoryMB: Math.ceil(memoryBytes / 2 ** 20), mayBeOn: may },
        ({ member, seq, unsure }) => {
          const there = unsure === true ? undefined : this.#overlayOf(member);
          if (there === self) this.#placed.set(job.id, clock.now() + PLACED_MS);
          resolve(there === undefined ? undefined : { member: there, room: seq });
        },
      ),
    );
  }

  /** What is known of a member's load, by overlay address; undefined: nothing that is to be believed. */
  loadOf(member: string): KnownLoad | undefined {
    const handle = this.#book.at(member);
    const entry = handle === undefined ? undefined : this.#balancer.entryOf(handle);
    return entry && { figures: figuresIn(entry), ageMs: entry[FIELD.ageMs] as number };
  }

  allows(member: string): boolean {
    const handle = this.#book.at(member);
    return handle === undefined || this.#balancer.allows(handle);
  }

  shareAt(member: string): number | undefined {
    const known = this.loadOf(member);
    return known && shareOf(known.figures);
  }

  starved(by: string): void {
    const handle = this.#book.at(by);
    if (handle !== undefined) this.#balancer.starved(handle);
  }

  send(to: Handle, message: LoadMessage): void {
    const overlay = this.#overlayOf(to);
    if (overlay !== undefined) this.#deps.send(overlay, encodeLoad(message, this.#book));
  }

  members(): number {
    return this.#book.count;
  }

  isMember(member: Handle): boolean {
    return this.#book.isMember(member);
  }

  randomMember(): Handle | undefined {
    return this.#book.random(this.#deps.random);
  }

  jobs(): LocalJob[] {
    const now = this.#deps.clock.now();
    return this.#here().map(({ reading, weight }) => {
      return localJob(reading, weight, this.#rests.rests(nameOf(reading.ref), now), this.#book);
    });
  }

  jobCount(): number {
    return this.#here().length;
  }

  hasOwnAt(member: Handle): boolean {
    const overlay = this.#overlayOf(member);
    return overlay !== undefined && this.#deps.hosts().has(overlay);
  }

  work(): number {
    const counts = (key: string) => !this.#leaving.has(key) && !this.#arrivals.has(key);
    return this.#meters.work(counts) + 100 * this.#placed.size;
  }

  cpus(): number {
    return this.#deps.cpus();
  }

  speed(): number {
    return this.#deps.speed();
  }

  freeMB(): number {
    const promised = this.#meters.all().filter(({ key }) => !this.#arrivals.has(key));
    return this.#memory.freeMB - RESERVE_MB - promised.reduce((sum, { promisedMB }) => sum + promisedMB, 0);
  }

  shortMB(): number {
    return Math.max(shortMemory(this.#memory, BALANCE), this.#growth.outgrownMB(this.#memory.freeMB));
  }

  moveCost(): MoveCosts['now'] {
    return this.#costs.now;
  }

  outgoing(): { readonly count: number; readonly memoryMB: number } {
    return { count: this.#leaving.size, memoryMB: [...this.#leaving.values()].reduce((sum, mb) => sum + mb, 0) };
  }

  move(job: JobFacts, to: Handle, seq: number, reason: AskReason): void {
    const { reading } = job as LocalJob;
    const overlay = this.#overlayOf(to);
    if (overlay === undefined || this.#closed) return this.#balancer.moveRefused(to, seq);
    this.#leaving.set(reading.key, reading.memoryMB);
    const why = reason === 'memory' || reason === 'leave' ? reason : 'load';
    void this.#give(reading, { to: overlay, room: seq, why }).then(({ outcome }) => {
      if (this.#closed) return;
      if (outcome === 'stays' || outcome === 'busy') this.#balancer.moveRefused(to, seq);
      else this.#balancer.moveEnded(to, outcome === 'moved');
    });
  }

  /** Asks the job's home, and waits until it has moved it or says why not. */
  async #give({ ref, key, memoryMB }: GuestReading, place: GiveAway): Promise<Given> {
    const { clock, homeOf, log } = this.#deps;
    const begun = clock.now();
    let given: Given;
    try {
      given = await homeOf(ref.home).giveAway(ref, place);
    } catch (error) {
      given = { outcome: 'stays', text: messageOf(error) };
    }
    this.#leaving.delete(key);
    if (given.outcome === 'moved') {
      this.#costs.saw((clock.now() - begun) / 1000, memoryMB);
      this.#rests.forget(nameOf(ref));
      this.#meters.remove(key);
    } else {
      if (given.outcome === 'busy') this.#rests.postponed(nameOf(ref), clock.now());
      else this.#rests.refused(nameOf(ref), clock.now());
      log.debug('a job stays that the balancer would have moved', { job: ref.id, why: given.text ?? given.outcome });
    }
    return given;
  }

  #here() {
    return this.#meters.running().filter(({ reading }) => !this.#leaving.has(reading.key));
  }

  #overlayOf(member: Handle): string | undefined {
    return member === this.#book.self ? this.#deps.self : this.#book.viewOf(member)?.overlay;
  }

  #tick(): void {
    this.#timer = this.#deps.clock.after(BALANCE.periodMs, () => this.#tick());
    try {
      this.#look();
      if (!this.#closed) this.#balancer.setKnobs(this.#knobs());
      this.#balancer.tick();
    } catch (error) {
      this.#deps.log.warn('the balancer missed a second', { error: messageOf(error) });
    }
  }

  #knobs(): Knobs {
    const knobs = this.#deps.knobs();
    return this.#deps.clock.now() < this.#clearUntilMs ? { ...knobs, block: true } : knobs;
  }

  /** Reads this machine, and who is a member. */
  #look(): void {
    const { clock, read, members } = this.#deps;
    for (const member of this.#book.update(members())) this.#balancer.gone(member);
    const now = clock.now();
    const { cpu, memory, guests } = read();
    this.#memory = memory;
    this.#meters.update(now, guests, cpu);
    this.#growth.update(now, guests);
    const there = new Map(guests.map((guest) => [guest.key, guest]));
    this.#arrivals.settle((key) => there.get(key)?.coming === true || this.#isYoung(there.get(key)));
    for (const [id, until] of this.#placed)
      if (until <= now || guests.some(({ ref }) => ref.id === id && ref.home === this.#deps.self))
        this.#placed.delete(id);
  }

  /** It runs, and was not seen to for a whole period yet. */
  #isYoung(guest: GuestReading | undefined): boolean {
    return guest?.runs === true && !this.#meters.isMeasured(guest.key);
  }
}

/** A job whatever its life. */
function nameOf({ home, id }: GuestRef): string {
  return `${home} ${id}`;
}

/** As the simulator's, but for what a real room needs: slow answers, and no more moves at once than homes let begin. */
function settingsOf({ moves }: MemberBalanceDeps): BalanceSettings {
  return {
    ...BALANCE,
    roundMs: ROUND_MS,
    reserveMs: RESERVE_MS,
    outgoingShare: 0,
    get outgoing() {
      return moves();
    },
  };
}
