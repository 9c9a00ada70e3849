import type { AskReason, Handle } from '../../model/load-message.ts';
import type { Asker } from './asker.ts';
import type { BalanceContext } from './balance-context.ts';
import { type Grant, Grants } from './grants.ts';
import { bestFitting, chooseJobs, type JobFacts, mayLeave } from './job-choice.ts';
import { freeSlots, movePays, moveSeconds } from './move-cost.ts';
import { betterOff, capacity } from './slowness.ts';
import { bestKnown } from './targets.ts';

/** Most members asked in one round, and most jobs asked for at once. */
const MOST_ASKED = 32;
const MOST_JOBS = 64;
/** With more jobs than this, choosing among them waits for the next look. */
const MANY_JOBS = 64;

/** Gives jobs away: decides that some should leave, finds them room, and moves them. */
export class Sender {
  readonly #context: BalanceContext;
  readonly #asker: Asker;
  readonly #grants = new Grants();
  #ready: JobFacts[] = [];
  #chosenMs = Number.NEGATIVE_INFINITY;
  #asking = false;
  #again: Disposable | undefined;

  constructor(context: BalanceContext, asker: Asker) {
    this.#context = context;
    this.#asker = asker;
  }

  /** Looks whether jobs should leave, uses the room there is for them, and asks for more. */
  consider(): void {
    const reason = this.#reason();
    const give = reason === undefined ? 0 : this.#choose(reason);
    if (reason === undefined || give === 0) return this.#giveBack();
    this.#lookAgain();
    this.#use(reason);
    const missing = Math.min(give, this.#slots()) - this.#grants.jobs;
    if (missing > 0 && !this.#asking) this.#ask(reason, missing);
  }

  /** Somebody holds room for jobs of this member: unasked, or as an answer. */
  offered(grant: Grant): void {
    this.#grants.add(grant);
    this.consider();
    this.#giveBackIdle();
  }

  forget(member: Handle): void {
    this.#grants.forget(member);
  }

  [Symbol.dispose](): void {
    this.#again?.[Symbol.dispose]();
  }

  #reason(): AskReason | undefined {
    const { host, knobs, leaving } = this.#context;
    if (leaving) return 'leave';
    if (host.shortMB() > 0) return 'memory';
    return knobs.stay ? undefined : 'load';
  }

  /** How many jobs to give away; those are ready to go, best first. */
  #choose(reason: AskReason): number {
    const { host, settings, clock } = this.#context;
    const now = clock.now();
    const slots = this.#slots();
    if (host.jobCount() > MANY_JOBS && now - this.#chosenMs < settings.senderMs) return this.#ready.length;
    this.#chosenMs = now;
    if (reason === 'memory') {
      const guest = bestFitting(this.#movable(), this.#context.self, host.shortMB(), now, settings);
      this.#ready = guest === undefined || host.outgoing().count > 0 ? [] : [guest];
      return this.#ready.length;
    }
    const most = reason === 'leave' ? MOST_JOBS : this.#excess();
    this.#ready = most <= 0 ? [] : chooseJobs(this.#movable(), reason, Math.min(most, Math.max(1, slots)), now, settings);
    return this.#ready.length;
  }

  /** Jobs more than this member's share of the cluster's work; one, where another is known to be clearly better off. */
  #excess(): number {
    const own = this.#context.measured();
    if (own.work < 100 || this.#context.host.members() < 2) return 0;
    const share = this.#context.estimate(own).mean * capacity(own);
    const excess = Math.floor((own.work - Math.max(share, 0)) / 100 + 0.25);
    // A whole job more than the share, or none: the last one is looked for by name.
    if (excess >= 1 && own.work - 100 * excess >= 0 && own.work > 100 * own.cpus) return excess;
    return bestKnown(this.#context, own, { weight: 100, memoryMB: 0 }, 1).length;
  }

  *#movable(): Iterable<JobFacts> {
    const { host, knobs, self, leaving } = this.#context;
    for (const job of host.jobs()) if (leaving || !knobs.lstay || job.home !== self) yield job;
  }

  #slots(): number {
    const { host, settings } = this.#context;
    return freeSlots(host.jobCount(), host.outgoing(), host.moveCost().linkMBs, settings);
  }

  #use(reason: AskReason): void {
    const { clock, host, view } = this.#context;
    let slots = this.#slots();
    for (const grant of this.#grants.usable(clock.now()))
      while (grant.jobs > 0 && slots > 0) {
        const index = this.#ready.findIndex((job) => this.#mayUse(job, grant, reason));
        if (index < 0) break;
        const [job] = this.#ready.splice(index, 1) as [JobFacts];
        this.#grants.use(grant, job.weight);
        view.addWork(grant.member, job.weight);
        slots--;
        host.move(job, grant.member, grant.seq);
      }
  }

  #mayUse(job: JobFacts, grant: Grant, reason: AskReason): boolean {
    const { clock, settings, host } = this.#context;
    const now = clock.now();
    if (job.weight > grant.weight || job.memoryMB > grant.memoryMB) return false;
    if (job.mayBeOn?.(grant.member) === false || !mayLeave(job, reason, now, settings)) return false;
    if (reason !== 'load') return true;
    const here = this.#context.measured();
    if (!betterOff(here, grant.there, job.weight, settings)) return false;
    const moveS = moveSeconds(job.memoryMB, host.moveCost());
    return movePays(here, grant.there, { weight: job.weight, ageS: (now - job.startedMs) / 1000, moveS }, settings);
  }

  #ask(reason: AskReason, missing: number): void {
    const { host, settings, self } = this.#context;
    const ready = this.#ready.slice(0, Math.min(missing, MOST_JOBS));
    const weight = Math.ceil(Math.max(1, ...ready.map((job) => job.weight)));
    const memoryMB = Math.ceil(Math.max(0, ...ready.map((job) => job.memoryMB)));
    const own = this.#context.measured();
    // How many a member takes is about its share: asking more members than needed leaves room reserved for nothing.
    const each = Math.max(1, Math.floor(this.#context.estimate(own).mean / weight));
    const rounds = Math.max(1, Math.ceil(missing / each / (settings.askBest + settings.askRandom)));
    const times = Math.min(rounds, MOST_ASKED / (settings.askBest + settings.askRandom));
    const from = reason === 'load' ? own : { ...own, work: Math.max(own.work, 1e6) };
    const mayBe = (member: Handle) => ready.some((job) => job.mayBeOn?.(member) !== false);
    const best = bestKnown(this.#context, from, { weight, memoryMB }, settings.askBest * times).filter(mayBe);
    const others: Handle[] = [];
    for (let i = 0; i < settings.askRandom * times; i++) {
      const member = host.randomMember();
      if (member !== undefined && member !== self && mayBe(member)) others.push(member);
    }
    const question = { reason, jobs: ready.length, weight, memoryMB };
    this.#asking = this.#asker.ask(best, others, question, (grants) => {
      this.#asking = false;
      for (const grant of grants) this.#grants.add(grant);
      this.consider();
      this.#giveBackIdle();
    });
  }

  #lookAgain(): void {
    this.#again ??= this.#context.clock.after(this.#context.settings.senderMs, () => {
      this.#again = undefined;
      this.consider();
    });
  }

  /** Nothing is to leave: others may have the room. */
  #giveBack(): void {
    for (const grant of this.#grants.clear(this.#context.clock.now()))
      this.#asker.giveBack(grant.member, grant.seq, grant.jobs);
  }

  /** Room for which there is no job ready is of no use here, if more are not about to be chosen. */
  #giveBackIdle(): void {
    if (this.#ready.length === 0 && this.#context.host.jobCount() <= MANY_JOBS) this.#giveBack();
  }
}
