import type { BalanceSettings } from '../core/balance/settings.ts';
import { BALANCE } from '../core/balance/settings.ts';
import { chooseJobs } from '../core/balance/job-choice.ts';
import { LoadMeter } from '../core/balance/load-meter.ts';
import { LoadView } from '../core/balance/load-view.ts';
import { capacity } from '../core/balance/slowness.ts';
import { ENTRY_FIELDS, FIELD, FLAG, type Handle, type LoadMessage } from '../model/load-message.ts';
import type { NewJob, StartPlace } from '../core/balance/starter.ts';
import type { AgentDeps, MemberAgent } from './member-agent.ts';

/** A process counts for 130 % at a target (Kerrighed's `stab_factor`). */
const STABILITY = 1.3;
/** Entries in one message (gossimon's default window). */
const WINDOW = 20;
/** Its jobs, too, have to run for a second first; no residency after a move is known of MOSIX. */
const SETTINGS: BalanceSettings = {
  ...BALANCE,
  entriesPerMessage: WINDOW,
  residencyMoveMs: 0,
  hopWindowMs: 0,
  interactiveMs: 0,
};

/**
 * The rule of MOSIX as it can be read in Kerrighed and gossimon (docs/balance.md), to compare with: one message a second to a random
 * member, no question before a move. On each update of its own load a member takes its second-heaviest job (else the heaviest) to the
 * member where load and 1.3 times the job's own are least, if that is less than its own load; one move at a time, reserved in its own
 * table. Nothing is known of a job's moves, so none is refused for them.
 */
export class MosixAgent implements MemberAgent {
  readonly #deps: AgentDeps;
  readonly #view: LoadView;
  readonly #meter = new LoadMeter();
  #version: number;

  constructor(deps: AgentDeps) {
    this.#deps = deps;
    this.#view = new LoadView(deps.self, SETTINGS, deps.random);
    this.#version = deps.firstVersion;
  }

  tick(): void {
    const { host, clock } = this.#deps;
    this.#version++;
    this.#meter.update(host.work());
    const to = host.randomMember();
    if (to !== undefined) host.send(to, { kind: 'push', entries: this.#view.tell(this.#entry(), clock.now()) });
    this.#decide();
  }

  receive(_from: Handle, message: LoadMessage): void {
    const { host, clock } = this.#deps;
    this.#view.take(message.entries, clock.now(), (member) => host.isMember(member));
  }

  /** `mosrun -b`: where load and the job's own are least, as far as is known. */
  place(job: NewJob, done: (place: StartPlace) => void): void {
    const { self, host } = this.#deps;
    const own = this.#loadOf(host.work() + job.weight, host.cpus(), host.speed());
    const best = this.#cheapest(job.weight, 1, job.memoryMB);
    if (best === undefined || best.cost >= own) return done({ member: self, seq: undefined });
    this.#view.addWork(best.member, job.weight);
    done({ member: best.member, seq: 0 });
  }

  arriving(): () => void {
    return () => {};
  }

  emptier(): void {}
  moveEnded(): void {}
  starved(): void {}

  allows(): boolean {
    return true;
  }

  gone(member: Handle): void {
    this.#view.forget(member);
  }

  setLeaving(leaving: boolean): void {
    const { host, clock } = this.#deps;
    if (!leaving) return;
    for (const job of chooseJobs([...host.jobs()], 'leave', host.jobCount(), clock.now(), SETTINGS)) {
      const best = this.#cheapest(job.weight, 1, job.memoryMB);
      if (best === undefined) return;
      this.#view.addWork(best.member, job.weight);
      host.move(job, best.member, 0, 'leave');
    }
  }

  [Symbol.dispose](): void {}

  #decide(): void {
    const { host, clock } = this.#deps;
    if (host.outgoing().count > 0) return;
    const local = this.#loadOf(Math.min(this.#meter.mean, host.work()), host.cpus(), host.speed());
    const [heaviest, second] = chooseJobs(host.jobs(), 'load', 2, clock.now(), SETTINGS);
    const job = second ?? heaviest;
    if (job === undefined) return;
    const best = this.#cheapest(job.weight, STABILITY, job.memoryMB);
    if (best === undefined || best.cost >= local) return;
    this.#view.addWork(best.member, job.weight);
    host.move(job, best.member, 0, 'load');
  }

  #cheapest(weight: number, factor: number, memoryMB: number): { member: Handle; cost: number } | undefined {
    const { sample } = this.#view;
    const now = this.#deps.clock.now();
    let best: { member: Handle; cost: number } | undefined;
    for (let slot = 0; slot < sample.size; slot++) {
      const member = sample.memberAt(slot, now, SETTINGS.mostAgeMs);
      if (member === undefined || !sample.isOpen(slot) || sample.get(slot, FIELD.freeMB) < memoryMB) continue;
      const work = sample.get(slot, FIELD.work) + factor * weight;
      const cost = this.#loadOf(work, sample.get(slot, FIELD.cpus), sample.get(slot, FIELD.speed));
      if (best === undefined || cost < best.cost) best = { member, cost };
    }
    return best;
  }

  #loadOf(work: number, cpus: number, speed: number): number {
    return work / capacity({ cpus, speed });
  }

  #entry(): Int32Array {
    const { self, host } = this.#deps;
    const entry = new Int32Array(ENTRY_FIELDS);
    entry[FIELD.member] = self;
    entry[FIELD.version] = this.#version;
    entry[FIELD.work] = Math.round(Math.max(this.#meter.shown, host.work()));
    entry[FIELD.speed] = host.speed();
    entry[FIELD.cpus] = host.cpus();
    entry[FIELD.freeMB] = Math.floor(host.freeMB());
    entry[FIELD.flags] = host.shortMB() > 0 ? FLAG.pressed : 0;
    return entry;
  }
}
