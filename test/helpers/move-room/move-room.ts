import { PlumpError } from '#runtime/base/errors.ts';
import { GuestGate } from '#runtime/core/jobs/guest-gate.ts';
import type { HomeDeps, HomeSettings } from '#runtime/core/jobs/home-context.ts';
import { Home } from '#runtime/core/jobs/home.ts';
import type { Job } from '#runtime/core/jobs/job.ts';
import type { Place } from '#runtime/core/jobs/placement.ts';
import type { HostOps } from '#runtime/model/guest-ops.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { jobSpec } from '../job-spec.ts';
import { memberEntry } from '../member-room.ts';
import { seededRandom } from '../seeded-random.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { Deputies } from './deputies.ts';
import { HomeFiles } from './home-files.ts';
import { MemoryHost, NEVER } from './memory-host.ts';
import { MemoryKernel } from './memory-kernel.ts';
import { type MessageFault, mortal, overWire } from './wire.ts';

/** A member of the room. */
export interface RoomMember {
  readonly host: MemoryHost;
  power: boolean;
  /** Its agent runs. */
  agent: boolean;
  gate: GuestGate;
}

const TICK_MS = 500;
const SETTINGS: HomeSettings = {
  jobs: 250,
  queue: 2000,
  lostTtlMs: 120_000,
  orphanTtlMs: 900_000,
  movesPerMember: 2,
  stayHome: false,
};

/** A home, its machine and other members in memory; everything in virtual time. */
export class MoveRoom {
  readonly clock = new VirtualClock();
  readonly random = seededRandom(1);
  readonly members = new Map<string, RoomMember>();
  readonly cuts = new Set<string>();
  readonly kernel: MemoryKernel;
  readonly journal = new Map<string, string>();
  readonly deputies = new Deputies();
  readonly events: string[] = [];
  readonly files: HomeFiles;
  /** Every step so far, as faults may be aimed at them. */
  readonly points: string[] = [];
  settings = SETTINGS;
  homeAddress = 'fd00::1';
  home!: Home;
  diskFull = false;
  strike: { readonly at: number; readonly act: () => void } | undefined;
  nextMessage: MessageFault | undefined;
  readonly #withLocks: boolean;
  #epoch = 0;
  #boots = 0;

  constructor({ locks = false, hosts = ['n1', 'n2'] } = {}) {
    this.#withLocks = locks;
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
  async run(where: string, { argv = ['awk'], lostTtlMs = 120_000, pid = 4711, nomig = false } = {}): Promise<Job> {
    const deputy = { pid, start: String(pid), token: 'd'.repeat(32) };
    const place = where === 'best' || where === 'home' ? where : [this.member(where).host.overlay];
    const answer = this.home.start({
      deputy,
      spec: jobSpec({ pid, argv }),
      unfollowed: [],
      hostNetwork: false,
      wish: { where: place, nomig, memoryBytes: 0, lostTtlMs, publish: [] },
      withdrawn: new AbortController().signal,
      tell: () => {},
    });
    const done = await this.outcome(answer);
    if (!('job' in done)) throw new Error('nothing to run');
    return done.job;
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
    member.agent = false;
    member.host.epoch++;
    if (name === 'home') this.#epoch++;
    this.clock.after(1000, () => {
      if (!member.power || member !== this.member(name)) return;
      member.agent = true;
      member.gate = new GuestGate(member.host, () => undefined);
      if (name === 'home') this.#beginAgent();
    });
  }

  /** Home's power fails and comes back: another boot, thus another address; deputies, guests and locks are gone. */
  rebootHome(): void {
    this.#epoch++;
    this.powerOff('home');
    this.deputies.all.clear();
    this.kernel.access.clear();
    this.kernel.routes.clear();
    this.files.reboot();
    this.clock.after(20_000, () => {
      this.#boots++;
      this.homeAddress = `fd00::1:${this.#boots}`;
      this.#add('home', this.homeAddress);
      this.journal.clear();
      this.#beginAgent();
    });
  }

  /** A machine that was off comes back as another boot: new key, thus new address, nothing left on it. */
  powerOn(name: string): void {
    this.#boots++;
    this.#add(name, `fd00::1:${this.#boots}`);
  }

  /** Name of the member that owns the job. */
  hostName(job: Job): string {
    return this.members.get(job.host)?.host.name ?? job.host;
  }

  /** All copies of all jobs, wherever. */
  copies(): { readonly on: string; readonly runs: boolean; readonly state: string }[] {
    return [...this.members.values()].flatMap(({ host }) =>
      [...host.guests.values()].map(({ runs, state }) => ({ on: host.name, runs, state })),
    );
  }

  #add(name: string, overlay: string): void {
    const host = new MemoryHost(name, overlay, {
      clock: this.clock,
      locks: this.#withLocks,
      files: this.files,
      carry: async (_from, to, deliver) => {
        const target = this.members.get(to);
        if (target === undefined || !this.#reaches(name, target.host.name))
          throw new PlumpError('PLUMP_TOOL', 'the target does not answer');
        deliver(target.host);
      },
    });
    this.members.set(overlay, { host, power: true, agent: true, gate: new GuestGate(host, () => undefined) });
  }

  #reaches(a: string, b: string): boolean {
    const up = (name: string) => this.member(name).power && this.member(name).agent;
    return up(a) && up(b) && !this.cuts.has([a, b].toSorted().join(' '));
  }

  #beginAgent(): void {
    const epoch = this.#epoch;
    const alive = () => this.#epoch === epoch;
    const kept = [...this.journal.values()].map((text) => JSON.parse(text) as Job);
    const clock = {
      now: () => this.clock.now(),
      wall: () => this.clock.wall(),
      after: (ms: number, action: () => void) => this.clock.after(ms, () => alive() && action()),
    };
    this.home = new Home({ ...this.#deps(alive), clock }, kept);
    this.home.begin();
  }

  #deps(alive: () => boolean): Omit<HomeDeps, 'clock'> {
    const self = this.homeAddress;
    const world = {
      clock: this.clock,
      reaches: (host: MemoryHost) => this.#reaches('home', host.name) && this.members.get(host.overlay)?.host === host,
      point: (label: string) => this.#point(label),
      takeFault: () => this.#takeFault(),
    };
    const host = (member: string): HostOps => {
      const found = this.members.get(member);
      if (found === undefined) throw new Error(`no member ${member}`);
      const door = () => found.gate.for(self);
      return mortal(member === self ? this.#pointed(door(), alive) : overWire(world, found.host, door), alive);
    };
    return {
      self,
      random: this.random,
      kernel: mortal(this.kernel, alive),
      journal: mortal(
        {
          put: (job: Job, durable: boolean) => this.#put(job, durable),
          remove: async (id: string) => void this.journal.delete(id),
        },
        alive,
      ),
      relay: mortal(this.deputies.relay(), alive),
      host,
      members: () => this.#views(),
      places: () => Promise.resolve(this.#places()),
      settings: () => this.settings,
      slot: () => 1,
      newToken: () => Array.from({ length: 32 }, () => Math.floor(this.random() * 16).toString(16)).join(''),
      event: (type, text) => void this.events.push(`${type}: ${text}`),
    };
  }

  /** Home as its own host: no messages, but the same steps. */
  #pointed(door: HostOps, alive: () => boolean): HostOps {
    return new Proxy(door, {
      get: (target, operation: keyof HostOps) => {
        return async (...args: never[]): Promise<unknown> => {
          this.#point(`${operation} is asked`);
          this.#takeFault();
          if (!alive()) return NEVER;
          const value = await (target[operation] as (...all: never[]) => Promise<unknown>)(...args);
          this.#point(`${operation} is answered`);
          return value;
        };
      },
    });
  }

  async #put(job: Job, durable: boolean): Promise<void> {
    this.#point(`the journal is written${durable ? ' for good' : ''}`);
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

  #views(): NodeView[] {
    return [...this.members.values()].map(({ host, power, agent }, index) => ({
      ...memberEntry(index),
      name: host.name,
      overlay: host.overlay,
      macs: [host.name],
      booted: 1_700_000_000 + index,
      state: power && agent ? 'alive' : 'dead',
      addresses: [],
      self: host.overlay === this.homeAddress,
      silentMs: 0,
    }));
  }

  #places(): Place[] {
    return [...this.members.values()]
      .filter(({ power }) => power)
      .map(({ host }) => ({
        overlay: host.overlay,
        name: host.name,
        self: host.overlay === this.homeAddress,
        closed: undefined,
        runnable: host.guests.size,
        cpus: 1,
        freeBytes: 2 ** 30,
        cpuFlags: ['sse2'],
        immobile: undefined,
      }));
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
    this.#lookAtDeputies();
    for (const { host, power, agent } of this.members.values()) if (power && agent) void host.killOrphans();
    this.clock.after(TICK_MS, () => this.#tick());
  }

  /** The agent looks whether deputies live; a host whose home was rebooted kills its guests. */
  #lookAtDeputies(): void {
    if (this.member('home').agent)
      for (const job of [...this.home.jobs(), ...this.home.endedJobs()]) {
        const deputy = this.deputies.all.get(job.id);
        if (deputy?.alive === false) void this.home.deputyGone(job);
      }
    for (const { host, power } of this.members.values())
      for (const guest of host.guests.values())
        if (power && guest.ref.home !== this.homeAddress && this.member('home').agent) void host.discard(guest.ref);
  }
}
