import { sleep } from '../../base/clock.ts';
import { messageOf, PlumpError } from '../../base/errors.ts';
import type { GiveAway } from '../../model/guest.ts';
import type { MoveReport, WhyView } from '../../model/job.ts';
import type { HomeContext } from '../jobs/home-context.ts';
import { currentRef, type Job } from '../jobs/job.ts';
import { bestPlaces, hindrances, type Need, type Place } from '../jobs/placement.ts';
import { Turnstile } from '../jobs/turnstile.ts';
import { maskObjection, mayBeOn } from '../jobs/whereabouts.ts';
import { moveJob } from './move.ts';

/** Moves that wait at most, for each member. */
const MOST_WAITING = 256;
/** Members tried for `best` when one refuses. */
const MOST_TRIES = 3;
const LOOK_MS = 100;
/** As `plumpos events` tells it. */
const WHY = { load: ' for load', memory: ' for memory', leave: ' for leaving' } as const;

/** Where a job is to go. */
export type Destination = 'best' | { readonly member: string; readonly given?: GiveAway };

/** Decides whether and where a job may move, and lets only so many moves touch one member at once. */
export class Mover {
  readonly #home: HomeContext;
  readonly #gates = new Map<string, Turnstile>();
  readonly #asked = new Set<string>();
  /** The last moves, oldest first. */
  readonly reports: MoveReport[] = [];

  constructor(home: HomeContext) {
    this.#home = home;
  }

  /**
   * Moves a job to a member (overlay address), home or the best other one; done when it runs there.
   * @throws PlumpError PLUMP_REFUSED with why it stays where it is, PLUMP_BUSY while it is being moved already
   */
  async move(job: Job, to: Destination): Promise<MoveReport> {
    checkStill(job);
    if (this.#moves(job)) throw new PlumpError('PLUMP_BUSY', `${job.deputy.pid} is being moved already`);
    this.#asked.add(job.id);
    try {
      const targets = await this.#targets(job, to);
      if (to === 'best' || to.given === undefined) return await this.#firstThatTakesIt(job, targets);
      // Room that is held is held for seconds only: nobody waits with it for other moves.
      if (this.#gatesOf(job.host, to.member).some((gate) => gate.full))
        throw new PlumpError('PLUMP_BUSY', 'enough jobs are being moved');
      return await this.#firstThatTakesIt(job, targets, to.given);
    } finally {
      this.#asked.delete(job.id);
    }
  }

  /**
   * As {@link move}, after whatever moves or starts the job already. `where` is asked then; undefined: it may stay where
   * that has brought it.
   */
  async moveAfter(job: Job, where: () => Destination | undefined): Promise<void> {
    const { clock, stop } = this.#home;
    while (job.end === undefined && (job.state === 'starting' || this.#moves(job))) await sleep(clock, LOOK_MS, stop);
    const to = job.end === undefined ? where() : undefined;
    if (to !== undefined) await this.move(job, to);
  }

  #moves(job: Job): boolean {
    return this.#asked.has(job.id) || job.move !== undefined || job.resuming !== undefined;
  }

  /** Why the job cannot move at all, in the old words; empty when it can. */
  async #cantmove(job: Job, all: readonly Place[]): Promise<string[]> {
    const here = all.find(({ overlay }) => overlay === job.host);
    const immobile = here?.immobile === undefined ? [] : [`${here.name} ${here.immobile}`];
    return [...job.pinned, ...immobile, ...(await this.held(job))].map(inOldWords);
  }

  /** What its host finds it to hold that cannot be moved. */
  held(job: Job): Promise<readonly string[]> {
    return this.#home.host(job.host).cantmove(currentRef(this.#home.self, job));
  }

  /** Why the job cannot move, and of each other member why it could not go there. */
  async why(job: Job): Promise<WhyView> {
    const need = this.#needOf(job);
    const all = await this.#home.places();
    const reasons = await this.#cantmove(job, all);
    const others = all.filter(({ overlay }) => overlay !== job.host);
    const members = others.map((place) => ({
      name: place.name,
      reasons: this.#hindrances(job, place, need).map(inOldWords),
    }));
    return { reasons, members };
  }

  /** Home takes its jobs back whatever their masks say. */
  #hindrances(job: Job, place: Place, need: Need): string[] {
    const masked = place.self ? undefined : maskObjection(this.#home, job, place.overlay);
    return [...(masked === undefined ? [] : [masked]), ...hindrances(place, need)];
  }

  /** Its memory and, beside it, its images. */
  #needOf(job: Job): Need {
    const used = this.#home.seen(job)?.memoryBytes ?? 0;
    return { memoryBytes: Math.max(used, job.wish.memoryBytes) + used, cpuFlags: job.cpuFlags, moves: true };
  }

  async #targets(job: Job, to: Destination): Promise<Place[]> {
    const { places, random, contacts } = this.#home;
    const all = await places();
    const reasons = await this.#cantmove(job, all);
    if (reasons.length > 0) throw new PlumpError('PLUMP_REFUSED', reasons.join('; '));
    const need = this.#needOf(job);
    if (to === 'best') {
      const others = all.filter(({ overlay }) => overlay !== job.host && mayBeOn(this.#home, job, overlay));
      const best = bestPlaces(others, need, random).slice(0, MOST_TRIES);
      if (best.length > 0) return best;
      const why = others.flatMap((place) => hindrances(place, need)).join('; ');
      throw new PlumpError('PLUMP_REFUSED', inOldWords(`no other member can take it${why && `: ${why}`}`));
    }
    const name = contacts.name(to.member);
    if (to.member === job.host) throw new PlumpError('PLUMP_REFUSED', `it is on ${name} already`);
    const place = all.find(({ overlay }) => overlay === to.member);
    if (place === undefined) throw new PlumpError('PLUMP_REFUSED', `${name} does not answer`);
    const [hindrance] = this.#hindrances(job, place, need);
    if (hindrance !== undefined) throw new PlumpError('PLUMP_REFUSED', inOldWords(hindrance));
    return [place];
  }

  async #firstThatTakesIt(job: Job, targets: readonly Place[], given?: GiveAway): Promise<MoveReport> {
    const errors: unknown[] = [];
    for (const target of targets) {
      try {
        return await this.#through(job, target.overlay, given);
      } catch (error) {
        errors.push(error);
        if (job.end !== undefined || job.host === target.overlay) break;
      }
    }
    const { event, contacts } = this.#home;
    const text = `job ${job.deputy.pid} stays on ${contacts.name(job.host)}: ${messageOf(errors[0])}`;
    event('job.stays', text, { pid: job.deputy.pid });
    throw errors[0];
  }

  /** A place at both members, taken in one order by everybody, so that nobody waits for each other. */
  async #through(job: Job, to: string, given?: GiveAway): Promise<MoveReport> {
    const gates = this.#gatesOf(job.host, to);
    const entered: Turnstile[] = [];
    try {
      for (const gate of gates) {
        await gate.enter(this.#home.stop, () => {});
        entered.push(gate);
      }
      // What is on its way to it is not to arrive at both copies.
      while (job.end === undefined && job.signals.length > 0) await sleep(this.#home.clock, LOOK_MS, this.#home.stop);
      checkStill(job);
      const report = await moveJob(this.#home, job, to, given?.room);
      this.reports.push(report);
      if (this.reports.length > MOST_WAITING) this.reports.shift();
      const text = `job ${report.pid} moved from ${report.from} to ${report.to}`;
      const why = given && WHY[given.why];
      this.#home.event('job.moved', `${text}${why ?? ''}`, { ...report, ...(given ? { why: given.why } : {}) });
      return report;
    } finally {
      for (const gate of entered) gate.leave();
    }
  }

  #gatesOf(from: string, to: string): Turnstile[] {
    return [...new Set([from, to])].toSorted().map((member) => this.#gate(member));
  }

  #gate(member: string): Turnstile {
    let gate = this.#gates.get(member);
    if (gate === undefined) {
      gate = new Turnstile(
        () => this.#home.settings().movesPerMember,
        () => MOST_WAITING,
      );
      this.#gates.set(member, gate);
    }
    return gate;
  }
}

/** As /proc/PID/cantmove had it. */
function inOldWords(reason: string): string {
  return `cantmove: ${reason}`;
}

function checkStill(job: Job): void {
  if (job.end !== undefined) throw new PlumpError('PLUMP_REFUSED', `${job.deputy.pid} has ended`);
  if (job.state !== 'running') throw new PlumpError('PLUMP_BUSY', `${job.deputy.pid} is being started`);
}
