import { type AskReason, type Handle, OFFER } from '../../model/load-message.ts';
import type { Asker } from './asker.ts';
import type { BalanceContext } from './balance-context.ts';
import { type Grant, Grants } from './grants.ts';
import { bestFitting, chooseJobs, type JobFacts, mayLeave } from './job-choice.ts';
import { freeSlots, movePays, moveSeconds } from './move-cost.ts';
import { delegation } from './room.ts';
import { betterOff, capacity } from './slowness.ts';
import { bestKnown } from './targets.ts';

/** Most members asked in one round, and most jobs asked for at once. */
const MOST_ASKED = 32;
const MOST_JOBS = 64;
/** With more jobs than this, choosing among them waits for the next look. */
const MANY_JOBS = 64;
/** The wait between rounds in vain doubles so often: to 8 s. */
const MOST_DOUBLINGS = 5;
/** After so many it insists. */
const STUCK = 3;
/** PSI looks back ten seconds; the next guest is not sent before the first can be felt (ms). */
const RELIEF_MS = 3000;
/** Part of a job by which a share may be more than a whole one and still counts as one. */
const ROUNDING = 0.25;

/** Gives jobs away: decides that some should leave, finds them room, and moves them. */
export class Sender {
  readonly #context: BalanceContext;
  readonly #asker: Asker;
  readonly #grants = new Grants();
  #ready: JobFacts[] = [];
  #chosenMs = Number.NEGATIVE_INFINITY;
  #asking = false;
  /** When the last guest that left has had time to relieve the pressure on memory, which is told with delay. */
  #relievedMs = Number.NEGATIVE_INFINITY;
  /** Rounds in a row that brought nothing, and when the next may be. */
  #vain = 0;
  #askAgainMs = Number.NEGATIVE_INFINITY;
  #again: Disposable | undefined;

  constructor(context: BalanceContext, asker: Asker) {
    this.#context = context;
    this.#asker = asker;
  }

  /** Looks whether jobs should leave, uses the room there is for them, and asks for more. */
  consider(): void {
    const reason = this.#reason();
    if (reason === undefined) return this.#giveBack();
    const give = this.#isFresh() ? this.#ready.length : this.#choose(reason);
    if (give > 0) this.#lookAgain();
    else if (!this.#isFresh()) {
      this.#vain = 0;
      this.#giveBack();
    }
    this.#giveBackLapsed(this.#context.clock.now());
    this.#use(reason);
    const missing = Math.min(give, this.#slots()) - this.#grants.jobs;
    const now = this.#context.clock.now();
    if (missing > 0 && !this.#asking && now >= this.#askAgainMs) this.#ask(reason, missing);
  }

  /** Somebody holds room for jobs of this member: unasked, or as an answer. */
  offered(grant: Grant): void {
    if (grant.ownOnly) return this.#sendHome(grant);
    this.#grants.add(grant);
    this.consider();
    this.#giveBackIdle();
  }

  /** A member that takes no guests wants jobs of its own back that are better off there. */
  #sendHome(grant: Grant): void {
    const { clock, settings } = this.#context;
    const own = [...this.#movable()].filter((job) => job.home === grant.member);
    const most = this.#reason() === 'load' ? Math.min(grant.jobs, this.#slots()) : 0;
    for (const job of chooseJobs(own, 'load', most, clock.now(), settings))
      if (this.#mayUse(job, grant, 'load', this.#context.estimate().mean)) {
        grant.jobs--;
        grant.there = { ...grant.there, work: grant.there.work + job.weight };
        this.#context.view.addWork(grant.member, job.weight);
        this.#context.host.move(job, grant.member, grant.seq, 'load');
      }
    if (grant.jobs > 0) this.#asker.giveBack(grant.member, grant.seq, grant.jobs);
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

  /** With many jobs, choosing among them is worth a while. */
  #isFresh(): boolean {
    const { host, clock, settings } = this.#context;
    return host.jobCount() > MANY_JOBS && clock.now() - this.#chosenMs < settings.senderMs;
  }

  /** How many jobs to give away; those are ready to go, best first. */
  #choose(reason: AskReason): number {
    const { host, settings, clock } = this.#context;
    const now = clock.now();
    const slots = this.#slots();
    this.#chosenMs = now;
    if (reason === 'memory') {
      const guest = bestFitting(this.#movable(), this.#context.self, host.shortMB(), now, settings);
      const waits = host.outgoing().count > 0 || now < this.#relievedMs;
      this.#ready = guest === undefined || waits ? [] : [guest];
      return this.#ready.length;
    }
    const most = reason === 'leave' ? MOST_JOBS : this.#excess();
    const wanted = Math.min(most, Math.max(1, slots));
    const chosen = most <= 0 ? [] : chooseJobs(this.#movable(), reason, wanted, now, settings);
    this.#ready = reason === 'leave' ? chosen : notHeavierThan(chosen, 100 * most);
    return this.#ready.length;
  }

  /** Jobs more than this member's share of the cluster's work; one, where another is known to be clearly better off. */
  #excess(): number {
    const own = this.#context.measured();
    if (own.work < 100 || this.#context.host.members() < 2) return 0;
    const estimate = this.#context.estimate();
    const share = (estimate.mean * capacity(own)) / 100;
    // The mean comes up to what is there only in the end: nearly a whole job is one.
    const excess = Math.floor(own.work / 100 - Math.ceil(share - ROUNDING) + ROUNDING);
    if (excess >= 1 && own.work > 100 * own.cpus) return excess;
    // With no more than its share it leaves giving to those who have more, as long as there are enough of them.
    if (own.work < 100 * (share - ROUNDING) || estimate.excess >= 100 * Math.max(1, estimate.under)) return 0;
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
    if (this.#ready.length === 0) return;
    const lightest = Math.min(...this.#ready.map((job) => job.weight));
    let { mean } = this.#context.estimate();
    for (const grant of this.#grants.usable(clock.now()))
      while (grant.jobs > 0 && this.#slots() > 0) {
        // What is too much for the lightest need not be tried with all the others.
        if (reason === 'load' && !this.#isWithinShare(lightest, grant, mean)) break;
        const index = this.#ready.findIndex((job) => this.#mayUse(job, grant, reason, mean));
        if (index < 0) break;
        const [job] = this.#ready.splice(index, 1) as [JobFacts];
        this.#grants.use(grant, job.weight);
        view.addWork(grant.member, job.weight);
        if (reason === 'memory') this.#relievedMs = clock.now() + RELIEF_MS;
        host.move(job, grant.member, grant.seq, reason);
        ({ mean } = this.#context.estimate());
      }
  }

  #mayUse(job: JobFacts, grant: Grant, reason: AskReason, mean: number): boolean {
    const { clock, settings, host } = this.#context;
    const now = clock.now();
    if (grant.ownOnly && job.home !== grant.member) return false;
    if (job.weight > grant.weight || job.needMB > grant.memoryMB) return false;
    if (job.mayBeOn?.(grant.member) === false || !mayLeave(job, reason, now, settings)) return false;
    if (reason !== 'load') return true;
    const here = this.#context.measured();
    if (!betterOff(here, grant.there, job.weight, settings) || !this.#isWithinShare(job.weight, grant, mean))
      return false;
    const moveS = moveSeconds(job.memoryMB, host.moveCost());
    return movePays(here, grant.there, { weight: job.weight, ageS: (now - job.startedMs) / 1000, moveS }, settings);
  }

  /** Room that was offered counts up to the share its owner should have: it may have known this member as it was seconds ago. */
  #isWithinShare(weight: number, { seq, there }: Grant, mean: number): boolean {
    if (seq < OFFER || there.work + weight <= 100 * there.cpus) return true;
    const most = delegation(this.#context.measured(), there, mean, this.#context.settings) * mean * capacity(there);
    return there.work + weight <= 100 * Math.ceil(most / 100 - ROUNDING);
  }

  #ask(reason: AskReason, missing: number): void {
    const { host, settings, self } = this.#context;
    const ready = this.#ready.slice(0, Math.min(missing, MOST_JOBS));
    const weight = Math.ceil(Math.max(1, ...ready.map((job) => job.weight)));
    const memoryMB = Math.ceil(Math.max(0, ...ready.map((job) => job.needMB)));
    const own = this.#context.measured();
    // How many a member takes is about its share: asking more members than needed leaves room reserved for nothing.
    const { mean } = this.#context.estimate();
    const each = Math.max(1, Math.floor(mean / weight));
    const rounds = Math.max(1, Math.ceil(missing / each / (settings.askBest + settings.askRandom)));
    const asked = Math.min(MOST_ASKED, rounds * (settings.askBest + settings.askRandom));
    const from = reason === 'load' ? own : { ...own, work: Math.max(own.work, 1e6) };
    const mayBe = (member: Handle) => ready.some((job) => job.mayBeOn?.(member) !== false);
    const best = bestKnown(this.#context, from, { weight, memoryMB }, asked - settings.askRandom).filter(mayBe);
    const others: Handle[] = [];
    for (let i = 0; i < settings.askRandom; i++) {
      const member = host.randomMember();
      if (member !== undefined && member !== self && mayBe(member)) others.push(member);
    }
    const stuck = reason === 'load' && this.#vain >= STUCK && own.work >= 1.5 * mean * capacity(own);
    const why = stuck ? 'stuck' : reason;
    const question = { reason: why, jobs: ready.length, weight, memoryMB, mean: Math.round(mean) };
    this.#asking = this.#asker.ask(best, others, question, (grants) => {
      this.#asking = false;
      this.#waitAfter(grants.length);
      for (const grant of grants) this.#grants.add(grant);
      this.consider();
      this.#giveBackIdle();
    });
  }

  /** Nobody had room: asking on and on would only keep them all from what they do. */
  #waitAfter(grants: number): void {
    const { settings, random, clock } = this.#context;
    this.#vain = grants > 0 ? 0 : Math.min(this.#vain + 1, MOST_DOUBLINGS);
    if (this.#vain > 0) this.#askAgainMs = clock.now() + settings.senderMs * 2 ** this.#vain * (0.5 + random());
  }

  #lookAgain(): void {
    this.#again ??= this.#context.clock.after(this.#context.settings.senderMs, () => {
      this.#again = undefined;
      this.consider();
    });
  }

  /** Nothing is to leave: others may have the room. */
  #giveBack(): void {
    this.#giveBackLapsed(Number.POSITIVE_INFINITY);
  }

  /** Room held until then is given back: whoever asks for it and lets it lapse is not trusted. */
  #giveBackLapsed(until: number): void {
    for (const grant of this.#grants.takeLapsed(until)) this.#asker.giveBack(grant.member, grant.seq, grant.jobs);
  }

  /** What could not be used although more moves might begin is of no use here, if other jobs are not about to be chosen. */
  #giveBackIdle(): void {
    if (this.#context.host.jobCount() > MANY_JOBS) return;
    if (this.#ready.length === 0 || this.#slots() > 0) this.#giveBack();
  }
}

/** The first of these jobs, as many as weigh no more than `work` together; one in any case. */
function notHeavierThan(jobs: readonly JobFacts[], work: number): JobFacts[] {
  let sum = 0;
  return jobs.filter((job, index) => (sum += job.weight) <= work || index === 0);
}
