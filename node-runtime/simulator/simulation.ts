import { BALANCE } from '../core/balance/settings.ts';
import { wasStarved } from '../core/balance/trust.ts';
import { seededRandom } from '../base/seeded-random.ts';
import type { Handle } from '../model/load-message.ts';
import { liarAgent } from './liar-agent.ts';
import { LOOK_MS, Measures } from './measures.ts';
import type { MakeAgent } from './member-agent.ts';
import { isLively, type JobGroup, type MemberEvent, type Scenario } from './scenario.ts';
import { SimJob } from './sim-job.ts';
import { SimMember, type SimWorld } from './sim-member.ts';
import { SimNetwork } from './sim-network.ts';
import { type SimResult, simResult } from './sim-result.ts';
import { VirtualClock } from './virtual-clock.ts';

/** How long membership takes to notice that a member is dead (docs/network.md: 6 to 10 s). */
const DETECT_MS = 7000;
/** A member that leaves waits so long for its jobs to be gone. */
const LEAVE_MS = 10_000;
/** Once all is balanced it is watched so long whether it stays so (s). */
const AFTERWARDS_S = 15;

/** Plays one scenario with one kind of agent. */
export class Simulation implements SimWorld {
  readonly clock = new VirtualClock();
  readonly random: () => number;
  readonly moveCost: Scenario['move'];
  readonly measures: Measures;
  readonly #scenario: Scenario;
  readonly #members: SimMember[];
  readonly #network: SimNetwork;
  /** Handles of those the others count as members, and where each stands in that list. */
  readonly #alive: Handle[] = [];
  readonly #aliveAt = new Map<Handle, number>();
  #jobs = 0;

  constructor(scenario: Scenario, makeAgent: MakeAgent, seed: number) {
    this.random = seededRandom(seed);
    this.moveCost = scenario.move;
    this.#scenario = scenario;
    const kinds = scenario.members.flatMap((group) => Array.from({ length: group.count }, () => group));
    this.measures = new Measures(kinds.length);
    this.#members = kinds.map((kind, handle) => {
      const liar = scenario.liars.find((one) => one.member === handle + 1);
      const make = liar === undefined ? makeAgent : liarAgent(liar.how);
      return new SimMember(handle, kind, this, make, liar !== undefined);
    });
    const size = { members: kinds.length, loss: scenario.loss };
    this.#network = new SimNetwork(this.clock, this.random, size, (from, to, message) => {
      const member = this.#members[to];
      if (member?.on) member.agent?.receive(from, message);
    });
  }

  /** Runs it to its end. */
  run(): SimResult {
    for (const member of this.#members) this.#boot(member);
    for (const group of this.#scenario.jobs) this.#plan(group);
    for (const event of this.#scenario.events) this.clock.after(event.atS * 1000, () => this.#befall(event));
    const lively = isLively(this.#scenario);
    const end = this.#scenario.seconds * 1000;
    while (this.clock.now() < end) {
      this.clock.pass(LOOK_MS);
      this.measures.look(this.#members, this.clock.now());
      this.#network.look();
      const since = this.measures.balancedSinceS;
      if (!lively && since !== undefined && this.clock.now() / 1000 - since > AFTERWARDS_S) break;
    }
    return simResult(this.#scenario, this.measures, this.#network, this.clock.now() / 1000);
  }

  send(from: Handle, to: Handle, message: Parameters<SimNetwork['send']>[2]): void {
    this.#network.send(from, to, message);
  }

  members(): number {
    return this.#alive.length;
  }

  isMember(member: Handle): boolean {
    return this.#aliveAt.has(member);
  }

  randomMember(self: Handle): Handle | undefined {
    const count = this.#alive.length;
    const own = this.#aliveAt.get(self);
    if (own === undefined) return count === 0 ? undefined : this.#alive[Math.floor(this.random() * count)];
    if (count < 2) return undefined;
    const at = Math.floor(this.random() * (count - 1));
    return this.#alive[at >= own ? at + 1 : at];
  }

  move(job: SimJob, from: SimMember, to: Handle, seq: number, forced = false): void {
    const target = this.#members[to] as SimMember;
    const home = this.#members[job.home];
    const allowed = forced || home?.agent?.allows(to) !== false;
    const landed = forced ? () => {} : target.on && allowed ? target.agent?.arriving(from.handle, seq) : undefined;
    if (landed === undefined || !target.on) return void this.clock.after(0, () => from.agent?.moveEnded(to, false));
    const { fixedS, linkMBs } = this.moveCost;
    from.cpu.remove(job, this.clock.now());
    this.#replan(from);
    from.flying.count++;
    from.flying.memoryMB += job.memoryMB;
    target.incoming++;
    // Transfers at either end share its link.
    const sharers = Math.max(1, from.flying.count, target.incoming);
    const seconds = fixedS + (job.memoryMB * (Number.isFinite(linkMBs) ? sharers : 0)) / linkMBs;
    const lives = [from.cpu, target.cpu] as const;
    this.clock.after(seconds * 1000, () => this.#moveDone(job, [from, target], lives, seconds, landed));
  }

  #moveDone(
    job: SimJob,
    [from, target]: readonly [SimMember, SimMember],
    lives: readonly [object, object],
    seconds: number,
    landed: () => void,
  ): void {
    const now = this.clock.now();
    target.incoming--;
    landed();
    const fromLives = from.on && from.cpu === lives[0];
    const targetLives = target.on && target.cpu === lives[1];
    if (fromLives) {
      from.flying.count--;
      from.flying.memoryMB -= job.memoryMB;
    }
    if (targetLives) {
      job.moved(target.handle, now);
      this.measures.moved(job, now, seconds);
      this.#arrive(job, target);
      if (this.#scenario.liars.length > 0) this.#judgeLater(job, target);
    } else if (fromLives) this.#arrive(job, from);
    else this.measures.lost++;
    if (fromLives) from.agent?.moveEnded(target.handle, targetLives);
  }

  #boot(member: SimMember): void {
    member.boot();
    if (this.#aliveAt.has(member.handle)) return;
    this.#aliveAt.set(member.handle, this.#alive.push(member.handle) - 1);
  }

  #plan(group: JobGroup): void {
    for (let i = 0; i < group.count; i++) {
      const atS = group.fromS + this.random() * (group.toS - group.fromS);
      const home = group.home === 'any' ? Math.floor(this.random() * this.#members.length) : group.home - 1;
      const [least, most] = group.cpuS ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      const wholeS = group.cpuS === undefined ? least : least + this.random() * (most - least);
      const facts = { weight: 100 * group.use, memoryMB: group.memoryMB, wholeS };
      const job = new SimJob(this.#jobs++, home, facts);
      if (atS === 0) this.#start(job, group.placed);
      else this.clock.after(atS * 1000, () => this.#start(job, group.placed));
    }
  }

  #start(job: SimJob, placed: boolean): void {
    const home = this.#members[job.home] as SimMember;
    if (!home.on || home.starves) return;
    job.startedMs = this.clock.now();
    if (!placed) return this.#arrive(job, home);
    const { weight, memoryMB } = job;
    home.agent?.place({ weight, memoryMB, mayBeOn: undefined }, ({ member, seq }) => {
      const place = this.#members[member] as SimMember;
      const landed = seq === undefined || !place.on ? undefined : place.agent?.arriving(job.home, seq);
      // Refused after all: at home there is always a place.
      const there = landed === undefined ? home : place;
      landed?.();
      job.startedMs = this.clock.now();
      job.host = there.handle;
      if (there.on) this.#arrive(job, there);
    });
  }

  #arrive(job: SimJob, member: SimMember): void {
    job.host = member.handle;
    member.cpu.add(job, this.clock.now());
    this.#replan(member);
  }

  /** The set of jobs of a member changed: when does the next one end? */
  readonly #ends = new Map<Handle, Disposable>();
  #replan(member: SimMember): void {
    this.#ends.get(member.handle)?.[Symbol.dispose]();
    this.#ends.delete(member.handle);
    if (member.starves || !isLively(this.#scenario)) return;
    const next = member.cpu.nextEnd(this.clock.now());
    if (next === undefined || !Number.isFinite(next.ms)) return;
    this.#ends.set(
      member.handle,
      this.clock.after(next.ms, () => {
        member.cpu.remove(next.job, this.clock.now());
        this.measures.ended(next.job, this.clock.now());
        this.#replan(member);
        member.agent?.emptier();
      }),
    );
  }

  /** Home looks what its job got since it came there. */
  #judgeLater(job: SimJob, host: SimMember): void {
    const came = this.clock.now();
    const promised = host.cpu.rate;
    this.clock.after(BALANCE.judgeMs, () => {
      if (job.host !== host.handle || job.place < 0 || job.movedMs !== came) return;
      const wanted = BALANCE.judgeMs / 1000;
      const got = host.starves ? 0 : host.cpu.rate * wanted;
      if (!wasStarved(promised, got, wanted, BALANCE.leastWork)) return;
      const home = this.#members[job.home] as SimMember;
      if (!home.on) return;
      home.agent?.starved(host.handle);
      this.move(job, host, home.handle, 0, true);
    });
  }

  #befall(event: MemberEvent): void {
    const member = this.#members[event.member - 1] as SimMember;
    if (event.what === 'boot') {
      if (!member.on) this.#boot(member);
    } else if (event.what === 'crash') {
      this.#cut(member);
      this.clock.after(DETECT_MS, () => this.#bury(member));
    } else {
      member.leaving = true;
      member.agent?.setLeaving(true);
      this.clock.after(LEAVE_MS, () => {
        this.#cut(member);
        this.#bury(member);
      });
    }
  }

  #cut(member: SimMember): void {
    if (!member.on) return;
    this.measures.lost += member.cpu.jobs.length;
    for (const job of member.cpu.jobs) job.place = -1;
    this.#ends.get(member.handle)?.[Symbol.dispose]();
    member.powerOff();
  }

  #bury(member: SimMember): void {
    const at = this.#aliveAt.get(member.handle);
    if (member.on || at === undefined) return;
    const last = this.#alive.pop() as Handle;
    this.#aliveAt.delete(member.handle);
    if (last !== member.handle) {
      this.#alive[at] = last;
      this.#aliveAt.set(last, at);
    }
    for (const other of this.#members) if (other.on) other.agent?.gone(member.handle);
  }
}
