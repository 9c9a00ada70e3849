import type { Job } from './job.ts';

/** Where jobs are kept so that an agent that was killed finds them again. */
export interface Journal {
  /** @param durable reached the disk when this resolves */
  put(job: Job, durable: boolean): Promise<void>;
  remove(id: string): Promise<void>;
  /** Keeps of a job how it ended, for `plumpos wait` after an agent that was killed; of so many, the last. */
  keepEnded(job: Job): Promise<void>;
  /** What was kept of those, oldest first. */
  ended(): readonly Job[];
}

/** Ended jobs remembered for `plumpos wait`. */
const MOST_ENDED = 1000;

/**
 * The jobs of this home. What must be known before the next step is written to the journal by {@link save}; by
 * {@link note} what an older state of the journal leads to as well, if by a longer way.
 */
export class JobTable {
  readonly #journal: Journal;
  readonly #failed: (error: unknown) => void;
  readonly #jobs = new Map<string, Job>();
  readonly #ended = new Map<string, Job>();

  constructor(journal: Journal, jobs: readonly Job[], failed: (error: unknown) => void) {
    this.#journal = journal;
    this.#failed = failed;
    for (const job of jobs) this.#jobs.set(job.id, job);
    for (const job of journal.ended()) this.#ended.set(job.id, job);
  }

  /** Jobs that run, and those of which a copy may still be somewhere. */
  all(): Job[] {
    return [...this.#jobs.values()];
  }

  live(): Job[] {
    return this.all().filter((job) => job.end === undefined);
  }

  /** The last jobs that ended, oldest first. */
  ended(): Job[] {
    return [...this.#ended.values()];
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /** By its pid at home: the living one, else the last that had it. */
  byPid(pid: number): Job | undefined {
    const own = (job: Job) => job.deputy.pid === pid;
    return this.live().find(own) ?? this.ended().findLast(own);
  }

  byDeputy(pid: number, start: string): Job | undefined {
    return this.all().find(({ deputy }) => deputy.pid === pid && deputy.start === start);
  }

  async save(job: Job, { durable = false } = {}): Promise<void> {
    if (job.end !== undefined) this.#remember(job);
    if (job.end !== undefined && job.owed.length === 0) {
      this.#jobs.delete(job.id);
      if (job.end.status !== undefined) await this.#journal.keepEnded(job).catch(this.#failed);
      await this.#journal.remove(job.id);
      return;
    }
    this.#jobs.set(job.id, job);
    await this.#journal.put(job, durable);
  }

  /** As {@link save}; a journal that cannot be written (a full disk) stops nothing. */
  async note(job: Job): Promise<void> {
    await this.save(job).catch(this.#failed);
  }

  /** How an ended job ended has become known. */
  async told(job: Job, status: number, text?: string): Promise<void> {
    if (job.end === undefined || job.end.status !== undefined) return;
    job.end = { status, text: text ?? job.end.text };
    await this.#journal.keepEnded(job).catch(this.#failed);
  }

  #remember(job: Job): void {
    this.#ended.delete(job.id);
    this.#ended.set(job.id, job);
    for (const id of this.#ended.keys()) {
      if (this.#ended.size <= MOST_ENDED) break;
      this.#ended.delete(id);
    }
  }
}
