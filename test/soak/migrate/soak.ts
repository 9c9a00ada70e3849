import { setTimeout as wait } from 'node:timers/promises';
import type { LabUnderTest } from '../../helpers/lab.ts';
import { breakRoom, faultText } from './break-room.ts';
import { JobsOnHead } from './jobs-on-head.ts';
import type { JobPlan } from './kinds.ts';
import { LiveJob } from './live-job.ts';
import { actions, destination, type Fault, jobsOf, type Stage } from './plan.ts';
import type { Tally } from './report.ts';
import { judge } from './verdict.ts';

/** As many as a member does by itself. */
const MOVES_AT_ONCE = 2;
/** Asked while something is broken; the others wait until it is mended. */
const MOVES_IN_A_FAULT = 5;
const LOOK_MS = 3000;
const STEP_MS = 300;
/** A job that cannot be asked to move for so long is passed over. */
const READY_SECONDS = 300;
/** After the last move: whoever has not ended then never will. */
const LAST_SECONDS = 900;

export interface SoakOptions {
  readonly stage: Stage;
  readonly seed: number;
  /** Moves that are asked for. */
  readonly count: number;
  readonly signal: AbortSignal;
  /** Told in one line each, while it goes on. */
  readonly say: (text: string) => void;
}

/** Jobs, moves and faults in a room, until so many moves were asked and every job has its verdict. */
export class Soak {
  readonly tally: Tally = { moves: [], verdicts: [], faults: {}, leftOver: [] };
  readonly #options: SoakOptions;
  readonly #lab: LabUnderTest;
  readonly #head: JobsOnHead;
  readonly #plans: readonly Generator<JobPlan, never>[];
  readonly #slots: (LiveJob | undefined)[];
  #moving = 0;
  #fault: Fault | undefined;
  #movesInFault = 0;
  #closing = false;
  #broken: { readonly error: unknown } | undefined;

  constructor(lab: LabUnderTest, options: SoakOptions) {
    const { stage, seed, signal } = options;
    this.#lab = lab;
    this.#options = options;
    this.#head = new JobsOnHead(lab, stage.home, signal);
    this.#plans = Array.from({ length: stage.slots }, (_, slot) => jobsOf(slot, seed));
    this.#slots = this.#plans.map(() => undefined);
  }

  async run(): Promise<void> {
    const { stage, seed, count } = this.#options;
    await this.#head.prepare();
    this.#background(this.#keepJobs());
    let asked = 0;
    for (const action of actions(stage, seed)) {
      if (asked === count) break;
      if (action.kind === 'move') {
        asked++;
        await this.#move(action.slot, action.to);
      } else await this.#begin(action);
    }
    await this.#until(() => this.#moving === 0 && this.#fault === undefined);
    this.#closing = true;
    const late = performance.now() + LAST_SECONDS * 1000;
    await this.#until(() => this.#slots.every((job) => job === undefined) || performance.now() > late);
    const stuck = this.#slots.filter((job) => job !== undefined);
    this.#slots.fill(undefined);
    for (const job of stuck) await this.#conclude(job);
  }

  /** Sees how the jobs are, and has one in each slot, until the soak closes and none is left. */
  async #keepJobs(): Promise<void> {
    while (!this.#closing || this.#slots.some((job) => job !== undefined)) {
      await this.#look();
      for (const [slot, job] of this.#slots.entries()) {
        if (job?.ended) {
          await this.#conclude(job);
          this.#slots[slot] = undefined;
        }
        if (this.#slots[slot] === undefined && !this.#closing) await this.#start(slot);
      }
      await wait(LOOK_MS, undefined, { signal: this.#options.signal });
    }
  }

  /** @returns whether the agent at home answered */
  async #look(): Promise<boolean> {
    const look = await this.#head.look();
    for (const job of this.#slots) job?.see(look);
    return look.jobs !== undefined;
  }

  async #start(slot: number): Promise<void> {
    const plan = this.#plans[slot]?.next().value as JobPlan;
    const job = new LiveJob(plan);
    this.#slots[slot] = job;
    if (this.#fault?.kind === 'power') job.losesPower(this.#fault.member);
    this.#options.say(`${plan.id}: ${plan.kind}, counts to ${plan.ticks}, ${plan.where}`);
    await this.#head.start(plan);
  }

  async #conclude({ plan, id, pid, killedHosts, story }: LiveJob): Promise<void> {
    const outcome = await this.#head.outcome(plan.id);
    const verdict = judge(plan, { ...outcome, killedHosts: [...killedHosts] });
    this.tally.verdicts.push(verdict);
    const { fate } = verdict;
    const why = 'why' in verdict ? ` (job ${id}, pid ${pid}): ${verdict.why}; it was ${story.join(', ')}` : '';
    this.#options.say(`${plan.id}: ${fate}${why}`);
  }

  async #move(slot: number, to: string): Promise<void> {
    const { stage, say } = this.#options;
    const late = performance.now() + READY_SECONDS * 1000;
    const mayBegin = () =>
      this.#moving < MOVES_AT_ONCE && (this.#fault === undefined || this.#movesInFault < MOVES_IN_A_FAULT);
    await this.#until(() => mayBegin() && (this.#slots[slot]?.ready === true || performance.now() > late));
    const job = this.#slots[slot];
    if (job?.pid === undefined || job.host === undefined || !job.ready) {
      this.tally.moves.push({ kind: 'failed', cause: `no job was running for ${READY_SECONDS} s` });
      return;
    }
    const target = destination(stage, to, job.host);
    job.asked = [job.host, target];
    this.#moving++;
    this.#movesInFault++;
    const { pid, plan } = job;
    const going = this.#head.migrate(pid, target === stage.home ? 'home' : target).then((result) => {
      this.tally.moves.push(result);
      job.story.push(result.kind === 'done' ? `moved to ${target}` : `not moved to ${target}`);
      if (result.kind === 'done') job.host = result.to;
      const how =
        result.kind === 'done'
          ? `frozen ${Math.round(result.frozenMs)} ms of ${Math.round(result.totalMs)}`
          : `${result.kind}: ${result.cause}`;
      say(`${plan.id}: move ${this.tally.moves.length} from ${job.asked?.[0]} to ${target}: ${how}`);
      job.asked = undefined;
      this.#moving--;
    });
    this.#background(going);
  }

  async #begin(fault: Fault): Promise<void> {
    await this.#until(() => this.#fault === undefined);
    await wait(fault.delayMs, undefined, { signal: this.#options.signal });
    this.#fault = fault;
    this.#movesInFault = 0;
    this.tally.faults[fault.kind] = (this.tally.faults[fault.kind] ?? 0) + 1;
    this.#options.say(faultText(fault));
    if (fault.kind === 'power') {
      while (!(await this.#look())) await wait(STEP_MS, undefined, { signal: this.#options.signal });
      this.#note(fault.member);
    }
    const { stage, signal } = this.#options;
    this.#background(
      breakRoom(this.#lab, stage, fault, signal).then(() => {
        this.#fault = undefined;
        this.#options.say(`over: ${faultText(fault)}`);
      }),
    );
  }

  /** Whoever may be on a member now may be gone with it. */
  #note(member: string): void {
    for (const job of this.#slots) job?.losesPower(member);
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#broken ??= { error };
    });
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.#broken !== undefined) throw this.#broken.error;
      if (condition()) return;
      await wait(STEP_MS, undefined, { signal: this.#options.signal });
    }
  }
}
