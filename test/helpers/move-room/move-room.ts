import { sleep } from '#runtime/base/clock.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import { GuestGate } from '#runtime/core/jobs/guest-gate.ts';
import type { HomeDeps, RelayTable } from '#runtime/core/jobs/home-context.ts';
import { Home } from '#runtime/core/jobs/home.ts';
import type { Job } from '#runtime/core/jobs/job.ts';
import type { StartAnswer } from '#runtime/core/jobs/launch.ts';
import type { HomeKernel, HomeOps, HostOps } from '#runtime/model/guest-ops.ts';
import type { SweepReport } from '#runtime/model/job.ts';
import { expelGuests } from '#runtime/services/home/sweep.ts';
import { seededRandom } from '#runtime/base/seeded-random.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { Deputies } from './deputies.ts';
import { HomeFiles } from './home-files.ts';
import { HostLife } from './host-life.ts';
import { MemoryHost, NEVER } from './memory-host.ts';
import { MemoryKernel } from './memory-kernel.ts';
import type { RoomOptions } from './room-options.ts';
import { placesOf, type RoomMember, viewsOf } from './room-member.ts';
import { SentSignals } from './sent-signals.ts';
import { jobsIn, nobodyYet, type Program, SETTINGS, startRequest } from './start-request.ts';
import { atHome, failsOnce, homeOverWire, type MessageFault, mortal, overWire, unlessItBreaks } from './wire.ts';

const TICK_MS = 500;
/** As services/home/jobs.ts gives guests to leave. */
const LEAVE_MS = 5000;
const MOST_MS = 15 * 60_000;
/** A home, its machine and other members in memory; everything in virtual time. */
export class MoveRoom {
  readonly clock = new VirtualClock();
  readonly random = seededRandom(1);
  readonly members = new Map<string, RoomMember>();
  readonly cuts = new Set<string>();
  readonly kernel: MemoryKernel;
  readonly journal = new Map<string, string>();
  /** What is kept of jobs that ended. */
  readonly ended = new Map<string, string>();
  readonly deputies = new Deputies();
  readonly events: string[] = [];
  readonly files: HomeFiles;
  /** Every step so far, as faults may be aimed at them. */
  readonly points: string[] = [];
  readonly signals = new SentSignals(this);
  settings = SETTINGS;
  homeAddress = 'fd00::1';
  home!: Home;
  diskFull = false;
  strike: { readonly at: number; readonly act: () => void } | undefined;
  nextMessage: MessageFault | undefined;
  /** What fails of home's kernel and of its relay's table, each once. */
  readonly failing: (keyof HomeKernel | keyof RelayTable)[] = [];
  readonly #options: Omit<RoomOptions, 'hosts'>;
  readonly #hosts = new HostLife(this);
  /** Resolved when another agent of home begins. */
  #nextAgent = nobodyYet();
  #epoch = 0;
  #boots = 0;

  constructor({ hosts = ['n1', 'n2'], ...options }: RoomOptions = {}) {
    this.#options = options;
    this.files = new HomeFiles((id) => this.deputies.all.get(id)?.told !== undefined);
    this.kernel = new MemoryKernel((member) => this.files.expire(this.members.get(member)?.host));
    ['home', ...hosts].forEach((name, index) => this.#add(name, `fd00::${index + 1}`));
    this.#beginAgent();
    this.#tick();
  }

  member(name: string): RoomMember {
    const found = [...this.members.values()].findLast(({ host }) => host.name === name);
    if (found === undefined) throw new Error(`no member ${name}`);
    return found;
  }

  /** Starts a program and gives its job; the deputy waits for its end. */
  async run(where: string, program: Program = {}): Promise<Job> {
    const done = await this.outcome(this.ask(where, program));
    if (!('job' in done)) throw new Error('nothing to run');
    return done.job;
  }

  /** Asks for a program as its deputy does: once more when the agent was killed meanwhile. */
  async ask(where: string, program: Program = {}): Promise<StartAnswer> {
    const place = where === 'best' || where === 'home' ? where : [this.member(where).host.overlay];
    const request = startRequest(place, program);
    for (;;) {
      const answer = this.home.start(request);
      answer.catch(() => {});
      const given = await Promise.race([answer, this.#nextAgent.promise]);
      if (given !== undefined) return given;
    }
  }

  /** Lets time pass until the promise is settled. */
  async outcome<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = promise.finally(() => (settled = true));
    done.catch(() => {});
    for (let passed = 0; !settled && passed < 3_600_000; passed += 100) await this.clock.passGently(100);
    return done;
  }

  /** Cuts or joins the way between two members, both directions. */
  cut(a: string, b: string, on = true): void {
    const pair = [a, b].toSorted().join(' ');
    if (on) this.cuts.add(pair);
    else this.cuts.delete(pair);
  }

  powerOff(name: string): void {
    const member = this.member(name);
    Object.assign(member, { power: false, agent: false });
    member.host.epoch++;
    member.host.lose();
  }

  /** kill -9 of a member's agent; a new one takes over a second later. */
  killAgent(name: string): void {
    const member = this.member(name);
    if (member.left) return;
    member.agent = false;
    member.host.epoch++;
    if (name === 'home') this.#epoch++;
    this.clock.after(1000, () => {
      if (!member.power || member.left || member !== this.member(name)) return;
      member.agent = true;
      member.gate = this.#gate(member);
      if (name === 'home') this.#beginAgent();
    });
  }

  /** Home's power fails, for good or until it is another boot, thus another address; deputies, guests and locks are gone. */
  rebootHome({ forGood = false } = {}): void {
    this.#epoch++;
    this.powerOff('home');
    this.#forgetHome();
    if (forGood) return;
    this.clock.after(20_000, () => {
      this.#boots++;
      this.homeAddress = `fd00::1:${this.#boots}`;
      this.#add('home', this.homeAddress);
      this.#beginAgent();
    });
  }

  /** Lets time pass until nothing is wrong any more, at most some minutes more than anything may take; tells what is. */
  async settled(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const limit = this.clock.now() + MOST_MS;
    let wrong = await look();
    while (wrong.length > 0 && this.clock.now() < limit) {
      await this.clock.passGently(10_000);
      wrong = await look();
    }
    return wrong;
  }

  /** `mosctl expel`: the guests of others are to go. */
  expel(name: string): Promise<SweepReport> {
    const { host } = this.member(name);
    return expelGuests(host.overlay, host, { home: () => this.homeFor(host) });
  }

  /** `plumpos leave`, or the power button: guests go first, as far as there is time. */
  async leave(name: string): Promise<void> {
    const member = this.member(name);
    member.leaving = true;
    await Promise.race([this.expel(name), sleep(this.clock, LEAVE_MS)]);
    if (name === 'home') await this.home.endAll('its home left the cluster');
    await member.host.discardAll();
    member.host.epoch++;
    Object.assign(member, { agent: false, left: true });
    if (name === 'home') {
      this.#epoch++;
      this.#forgetHome();
    }
  }

  /** The program has done all it had to: it ends as soon as it runs and its deputy can hear it. */
  finish(job: Job): void {
    this.#hosts.finished.add(job.id);
  }

  /** A machine that was off comes back as another boot: new key, thus new address, nothing left on it. */
  powerOn(name: string): void {
    this.#add(name, `fd00::1:${++this.#boots}`);
  }

  /** Name of the member that owns the job. */
  hostName(job: Job): string {
    return this.members.get(job.host)?.host.name ?? job.host;
  }

  /** All copies of all jobs, wherever. */
  copies(): { readonly on: string; readonly runs: boolean; readonly state: string }[] {
    return this.#guests().map(({ on, runs, state }) => ({ on, runs, state }));
  }

  /** Images that lie about on members. */
  images(): readonly string[] {
    return this.#guests().flatMap(({ on, image }) => (image === undefined ? [] : [on]));
  }

  #guests() {
    return [...this.members.values()].flatMap(({ host }) =>
      [...host.guests.values()].map((guest) => ({ on: host.name, ...guest })),
    );
  }

  #forgetHome(): void {
    const { access, routes, ports } = this.kernel;
    for (const lost of [this.deputies.all, access, routes, ports, this.journal]) lost.clear();
    this.files.reboot();
    this.#nextAgent.reject(new Error('this machine is gone'));
    this.#nextAgent = nobodyYet();
  }

  #add(name: string, overlay: string): void {
    const host = new MemoryHost(name, overlay, {
      clock: this.clock,
      locks: this.#options.locks === true,
      files: this.files,
      carry: async (_from, to, deliver) => {
        const target = this.members.get(to)?.host;
        if (target === undefined) throw new PlumpError('PLUMP_TOOL', 'nobody is there');
        const reaches = () => this.reaches(name, target.name);
        await unlessItBreaks({ clock: this.clock, reaches }, target, () => deliver(target));
      },
    });
    const state = { power: true, agent: true, leaving: false, left: false, doubted: false, place: {} };
    const member = { host, ...state } as RoomMember;
    member.gate = this.#gate(member);
    this.members.set(overlay, member);
  }

  #gate(member: RoomMember): GuestGate {
    const door = this.#options.balance?.door(member.host) ?? member.host;
    return new GuestGate(door, () => (member.leaving ? 'leaves the cluster' : undefined));
  }

  /** Home, as a host reaches it. */
  homeFor({ name, overlay }: MemoryHost): HomeOps {
    return homeOverWire(
      () => name === 'home' || this.reaches('home', name),
      () => this.home.opsFor(overlay),
    );
  }

  /** Do these agents hear each other? */
  reaches(a: string, b: string): boolean {
    const up = (name: string) => this.member(name).power && this.member(name).agent;
    return up(a) && up(b) && !this.cuts.has([a, b].toSorted().join(' '));
  }

  #beginAgent(): void {
    const epoch = this.#epoch;
    const alive = () => this.#epoch === epoch;
    const clock = {
      now: () => this.clock.now(),
      wall: () => this.clock.wall(),
      after: (ms: number, action: () => void) => this.clock.after(ms, () => alive() && action()),
    };
    this.home = new Home({ ...this.#deps(alive), clock }, jobsIn(this.journal));
    this.home.begin();
    this.#nextAgent.resolve(undefined);
    this.#nextAgent = nobodyYet();
  }

  #deps(alive: () => boolean): Omit<HomeDeps, 'clock'> {
    const self = this.homeAddress;
    const world = {
      clock: this.clock,
      reaches: (host: MemoryHost) => this.reaches('home', host.name) && this.members.get(host.overlay)?.host === host,
      point: (label: string) => this.#point(label),
      takeFault: () => this.#takeFault(),
    };
    const host = (member: string): HostOps => {
      const found = this.members.get(member);
      if (found === undefined) throw new Error(`no member ${member}`);
      const door = () => found.gate.for(self);
      return mortal(member === self ? atHome(world, door(), alive) : overWire(world, found.host, door), alive);
    };
    return {
      self,
      random: this.random,
      kernel: mortal(failsOnce(this.kernel, this.failing), alive),
      journal: mortal(
        {
          put: (job: Job, durable: boolean) => this.#put(job, durable),
          remove: async (id: string) => void this.journal.delete(id),
          keepEnded: async (job: Job) => void this.ended.set(job.id, JSON.stringify(job)),
          ended: () => jobsIn(this.ended),
        },
        alive,
      ),
      memory: this.files.memory,
      relay: mortal(failsOnce(this.deputies.relay(), this.failing), alive),
      host,
      members: () => viewsOf([...this.members.values()], this.homeAddress),
      places: () => Promise.resolve(placesOf([...this.members.values()], this.homeAddress)),
      settings: () => this.settings,
      number: () => 1,
      ...(this.#options.balance && { balance: this.#options.balance.home }),
      newToken: () => Array.from({ length: 32 }, () => Math.floor(this.random() * 16).toString(16)).join(''),
      event: (type, text) => void this.events.push(`${type}: ${text}`),
    };
  }

  async #put(job: Job, durable: boolean): Promise<void> {
    this.#point(`the journal is written${durable ? ' for good' : ''}`);
    if (!this.member('home').power) await NEVER;
    if (this.diskFull) throw new PlumpError('PLUMP_DISK', 'no space left');
    this.journal.set(job.id, JSON.stringify(job));
    this.#point('the journal is written already');
  }

  #point(label: string): void {
    this.points.push(label);
    if (this.strike?.at !== this.points.length - 1) return;
    const { act } = this.strike;
    this.strike = undefined;
    act();
  }

  #takeFault(): MessageFault | undefined {
    const fault = this.nextMessage;
    this.nextMessage = undefined;
    return fault;
  }

  /** Every program that runs does its work: counts, and writes the number into its file at home. */
  #tick(): void {
    for (const { host, power } of this.members.values()) {
      if (!power) continue;
      for (const guest of host.guests.values()) {
        if (!guest.runs) continue;
        const local = host.name === 'home' && guest.spec?.nfs === undefined;
        const way = host.name === 'home' || !this.cuts.has(['home', host.name].toSorted().join(' '));
        const homeUp = this.members.get(guest.ref.home)?.power === true;
        if (local || (way && homeUp && this.kernel.mayWrite(host.overlay, guest.uid)))
          this.files.write(guest.ref.id, ++guest.memory);
      }
    }
    this.lookAtDeputies();
    this.#hosts.look();
    this.clock.after(TICK_MS, () => this.#tick());
  }

  /** The agent looks whether deputies live. */
  lookAtDeputies(): void {
    if (!this.member('home').agent) return;
    for (const job of [...this.home.jobs(), ...this.home.endedJobs()]) {
      const deputy = this.deputies.all.get(job.id);
      if (deputy?.alive === false) void this.home.deputyGone(job);
    }
  }
}
