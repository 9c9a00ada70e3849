import { setTimeout as wait } from 'node:timers/promises';
import type { LabUnderTest } from '../../helpers/lab.ts';
import { JobsOnHead, type Look } from '../migrate/jobs-on-head.ts';
import type { JobPlan } from '../migrate/kinds.ts';
import { judge } from '../migrate/verdict.ts';
import { arrivals } from './arrivals.ts';
import { type Busy, IdleWatch } from './idle-watch.ts';
import type { Move, Tally } from './report.ts';

/** A member, with its CPUs. */
type Cpus = ReadonlyMap<string, number>;

const LOOK_MS = 500;
/** The agent keeps a thousand events. */
const EVENTS_S = 60;
/** Whoever has not ended so long after the last start never will. */
const LAST_S = 900;

export interface MixOptions {
  readonly home: string;
  readonly seed: number;
  /** So long jobs are started (s). */
  readonly seconds: number;
  /** Jobs at once, at most. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** A changing mix of jobs at a head, which only the balancer moves, and what is seen of it. */
export class Mix {
  readonly tally: Tally = { moves: [], verdicts: [], idle: new IdleWatch() };
  readonly #lab: LabUnderTest;
  readonly #options: MixOptions;
  readonly #head: JobsOnHead;
  readonly #live = new Map<string, JobPlan>();
  readonly #begun = performance.now();
  #seq = 0;
  #eventsAt = 0;

  constructor(lab: LabUnderTest, options: MixOptions) {
    this.#lab = lab;
    this.#options = options;
    this.#head = new JobsOnHead(lab, options.home, options.signal);
  }

  async run(): Promise<void> {
    const { home, seed, seconds, jobs: most, signal } = this.#options;
    await this.#head.prepare();
    this.#seq = (await this.#lab.events(home)).at(-1)?.seq ?? 0;
    const cpus: Cpus = new Map((await this.#lab.nodes(home)).map((node) => [node.name, node.cpus]));
    const end = this.#now() + seconds;
    const coming = arrivals(seed);
    let next = coming.next().value;
    let due = this.#now() + next.afterS;
    for (;;) {
      const now = this.#now();
      if (now < end && now >= due) {
        for (const plan of next.jobs) if (this.#live.size < most) await this.#start(plan);
        next = coming.next().value;
        due = now + next.afterS;
      }
      await this.#look(cpus);
      if (now >= this.#eventsAt + EVENTS_S) await this.#takeEvents();
      if ((now >= end && this.#live.size === 0) || now >= end + LAST_S) break;
      await wait(LOOK_MS, undefined, { signal });
    }
    for (const id of this.#live.keys()) await this.#conclude(id);
    await this.#takeEvents();
  }

  #now(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  async #start(plan: JobPlan): Promise<void> {
    this.#live.set(plan.id, plan);
    this.#options.say(`${plan.id}: ${plan.kind}, counts to ${plan.ticks}, ${plan.where}`);
    await this.#head.start(plan);
  }

  async #look(cpus: Cpus): Promise<void> {
    const look = await this.#head.look();
    if (look.jobs !== undefined) this.tally.idle.see(this.#now(), busyOn(cpus, this.#live, look));
    for (const id of look.ended) if (this.#live.has(id)) await this.#conclude(id);
  }

  async #conclude(id: string): Promise<void> {
    const plan = this.#live.get(id) as JobPlan;
    this.#live.delete(id);
    const verdict = judge(plan, { ...(await this.#head.outcome(id)), killedHosts: [] });
    this.tally.verdicts.push(verdict);
    this.#options.say(`${id}: ${verdict.fate}${'why' in verdict ? `: ${verdict.why}` : ''}`);
  }

  async #takeEvents(): Promise<void> {
    this.#eventsAt = this.#now();
    for (const { seq, type, time, text, fields } of await this.#lab.events(this.#options.home, this.#seq)) {
      this.#seq = seq;
      if (type !== 'job.moved') continue;
      const { id, totalMs, why } = fields as unknown as Pick<Move, 'id' | 'totalMs' | 'why'>;
      this.tally.moves.push({ id, at: Date.parse(time), totalMs, ...(why === undefined ? {} : { why }) });
      this.#options.say(text);
    }
  }
}

/** The jobs that compute, by member. */
export function busyOn(cpus: Cpus, live: ReadonlyMap<string, JobPlan>, { jobs = [], pids }: Look): Map<string, Busy> {
  const computing = new Set([...live.values()].flatMap(({ id, kind }) => (kind === 'awk' ? [pids[id]] : [])));
  const here = (member: string, state: string) =>
    jobs.filter((job) => computing.has(job.pid) && job.host === member && job.state === state).length;
  return new Map(
    [...cpus].map(([member, count]) => {
      return [member, { cpus: count, running: here(member, 'running'), leaving: here(member, 'moving') }];
    }),
  );
}
