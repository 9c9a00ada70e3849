import { VERSIONS_PER_SECOND } from '../core/balance/balance-context.ts';
import type { BalanceHost } from '../core/balance/balance-host.ts';
import type { JobFacts } from '../core/balance/job-choice.ts';
import type { Handle, LoadMessage } from '../model/load-message.ts';
import type { MakeAgent, MemberAgent } from './member-agent.ts';
import type { MemberGroup } from './scenario.ts';
import { SimCpu } from './sim-cpu.ts';
import type { SimJob } from './sim-job.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a simulated member needs of the world around it. */
export interface SimWorld {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly moveCost: { readonly fixedS: number; readonly linkMBs: number };
  send(from: Handle, to: Handle, message: LoadMessage): void;
  members(): number;
  isMember(member: Handle): boolean;
  randomMember(self: Handle): Handle | undefined;
  move(job: SimJob, from: SimMember, to: Handle, seq: number): void;
}

const PERIOD_MS = 1000;

/** One simulated member: its CPUs and memory, and what decides for it. */
export class SimMember implements BalanceHost {
  readonly handle: Handle;
  readonly kind: MemberGroup;
  readonly starves: boolean;
  on = false;
  /** It is about to leave: what it does not get rid of is not held against it. */
  leaving = false;
  cpu: SimCpu;
  agent: MemberAgent | undefined;
  readonly flying = { count: 0, memoryMB: 0 };
  /** Jobs on their way here. */
  incoming = 0;
  readonly #world: SimWorld;
  readonly #makeAgent: MakeAgent;
  #life = 0;

  constructor(handle: Handle, kind: MemberGroup, world: SimWorld, makeAgent: MakeAgent, starves: boolean) {
    this.handle = handle;
    this.kind = kind;
    this.starves = starves;
    this.#world = world;
    this.#makeAgent = makeAgent;
    this.cpu = new SimCpu(kind.cpus, kind.speed);
  }

  /** Power on: empty, and newer than it was before. */
  boot(): void {
    const { clock, random } = this.#world;
    const life = ++this.#life;
    this.on = true;
    this.leaving = false;
    this.cpu = new SimCpu(this.kind.cpus, this.kind.speed);
    this.flying.count = 0;
    this.flying.memoryMB = 0;
    const firstVersion = 1 + Math.floor((VERSIONS_PER_SECOND * clock.now()) / 1000);
    const agent = this.#makeAgent({ self: this.handle, host: this, clock, random, firstVersion });
    this.agent = agent;
    const tick = () => {
      if (life !== this.#life || !this.on) return;
      agent.tick();
      clock.after(PERIOD_MS, tick);
    };
    clock.after(random() * PERIOD_MS, tick);
  }

  powerOff(): void {
    this.on = false;
    this.#life++;
    this.agent?.[Symbol.dispose]();
    this.agent = undefined;
  }

  /** CPU-bound jobs here per reference CPU. */
  crowd(): number {
    return this.cpu.work / 100 / ((this.kind.cpus * this.kind.speed) / 10_000);
  }

  send(to: Handle, message: LoadMessage): void {
    if (this.on) this.#world.send(this.handle, to, message);
  }

  members(): number {
    return this.#world.members();
  }

  isMember(member: Handle): boolean {
    return this.#world.isMember(member);
  }

  randomMember(): Handle | undefined {
    return this.#world.randomMember(this.handle);
  }

  jobs(): Iterable<JobFacts> {
    return this.cpu.jobs;
  }

  jobCount(): number {
    return this.cpu.jobs.length;
  }

  work(): number {
    return this.cpu.work;
  }

  cpus(): number {
    return this.kind.cpus;
  }

  speed(): number {
    return this.kind.speed;
  }

  freeMB(): number {
    return this.kind.memoryMB - this.cpu.memoryMB;
  }

  shortMB(): number {
    return Math.max(0, -this.freeMB());
  }

  moveCost(): { readonly fixedS: number; readonly linkMBs: number } {
    return this.#world.moveCost;
  }

  outgoing(): { readonly count: number; readonly memoryMB: number } {
    return this.flying;
  }

  move(job: JobFacts, to: Handle, seq: number): void {
    this.#world.move(job as SimJob, this, to, seq);
  }
}
