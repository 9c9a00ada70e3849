import { Balancer } from '#runtime/core/balance/balancer.ts';
import type { BalanceHost } from '#runtime/core/balance/balance-host.ts';
import type { JobFacts } from '#runtime/core/balance/job-choice.ts';
import { BALANCE, type BalanceSettings } from '#runtime/core/balance/settings.ts';
import type { Handle, LoadMessage } from '#runtime/model/load-message.ts';
import { seededRandom } from '#runtime/base/seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A CPU-bound job without anything special. */
export function jobFacts(id: number, patch: Partial<JobFacts> = {}): JobFacts {
  return {
    id,
    home: 0,
    weight: 100,
    memoryMB: 16,
    needMB: patch.memoryMB ?? 16,
    startedMs: -60_000,
    movedMs: Number.NEGATIVE_INFINITY,
    movedBeforeMs: Number.NEGATIVE_INFINITY,
    hints: [],
    pinned: false,
    ttyMs: Number.NEGATIVE_INFINITY,
    mayBeOn: undefined,
    ...patch,
  };
}

/** One member of a {@link BalanceRoom}; its facts may be changed at any time. */
export class RoomMember {
  readonly jobs: JobFacts[] = [];
  cpus = 1;
  speed = 10_000;
  memoryMB = 4096;
  shortMB = 0;
  flying = 0;
  readonly sent: LoadMessage[] = [];
  balancer!: Balancer;
}

/** Balancers on a network in memory; a move takes a second. */
export class BalanceRoom {
  readonly clock = new VirtualClock();
  readonly members: RoomMember[] = [];
  /** As `job id: from → to`. */
  readonly moves: string[] = [];
  readonly #random: () => number;
  readonly #settings: BalanceSettings;

  constructor(count: number, patch: Partial<BalanceSettings> = {}, seed = 1) {
    this.#random = seededRandom(seed);
    this.#settings = { ...BALANCE, ...patch };
    for (let handle = 0; handle < count; handle++) this.members.push(new RoomMember());
    for (let handle = 0; handle < count; handle++) this.#start(handle);
  }

  at(handle: Handle): RoomMember {
    return this.members[handle] as RoomMember;
  }

  /** How many jobs each has. */
  counts(): number[] {
    return this.members.map((member) => member.jobs.length);
  }

  #start(handle: Handle): void {
    const member = this.at(handle);
    const host = this.#hostOf(handle, member);
    const deps = { self: handle, host, clock: this.clock, random: this.#random, settings: this.#settings };
    member.balancer = new Balancer({ ...deps, firstVersion: 1 });
    const tick = () => {
      member.balancer.tick();
      this.clock.after(this.#settings.periodMs, tick);
    };
    this.clock.after(this.#random() * this.#settings.periodMs, tick);
  }

  #hostOf(self: Handle, member: RoomMember): BalanceHost {
    const others = () =>
      this.members
        .keys()
        .filter((handle) => handle !== self)
        .toArray();
    return {
      send: (to, message) => {
        member.sent.push(message);
        this.clock.after(1, () => this.at(to).balancer.receive(self, message));
      },
      members: () => this.members.length,
      isMember: (other) => other < this.members.length,
      randomMember: () => others()[Math.floor(this.#random() * (this.members.length - 1))],
      jobs: () => member.jobs,
      jobCount: () => member.jobs.length,
      work: () => member.jobs.reduce((sum, job) => sum + job.weight, 0),
      cpus: () => member.cpus,
      speed: () => member.speed,
      freeMB: () => member.memoryMB - member.jobs.reduce((sum, job) => sum + job.memoryMB, 0),
      shortMB: () => member.shortMB,
      moveCost: () => ({ fixedS: 1, linkMBs: 100 }),
      outgoing: () => ({ count: member.flying, memoryMB: 0 }),
      move: (job, to, seq) => this.#move(self, job, to, seq),
    };
  }

  #move(from: Handle, job: JobFacts, to: Handle, seq: number): void {
    const source = this.at(from);
    const landed = this.at(to).balancer.arriving(from, seq);
    if (landed === undefined) return source.balancer.moveEnded(to, false);
    source.jobs.splice(source.jobs.indexOf(job), 1);
    source.flying++;
    this.clock.after(1000, () => {
      source.flying--;
      landed();
      this.moves.push(`${job.id}: ${from} → ${to}`);
      this.at(to).jobs.push({ ...job, movedMs: this.clock.now(), movedBeforeMs: job.movedMs });
      source.balancer.moveEnded(to, true);
    });
  }
}
