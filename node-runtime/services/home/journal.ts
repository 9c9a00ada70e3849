import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeError } from '../../base/write-error.ts';
import type { Journal } from '../../core/jobs/job-table.ts';
import type { Job } from '../../core/jobs/job.ts';

/** What a record is kept with: jobs are those of one boot, and an overlay address is one boot of one machine. */
interface Kept {
  readonly self: string;
  readonly job: Job;
}

/** What agents of earlier versions did not write. */
const LATER = { signals: [] } as const;

/** Name of a file about a job that has ended. */
const ENDED = '.ended';
const MOST_ENDED = 100;

/**
 * The jobs of this home as files, one each, replaced as a whole. Jobs of another boot are forgotten when it is opened: their
 * deputies are gone, and hosts kill their guests.
 */
export class JobFiles implements Journal {
  readonly #folder: string;
  readonly #self: string;
  /** How the last jobs ended, oldest first. */
  #ended: Job[] = [];
  /** Writes of one file come one after the other. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(folder: string, self: string) {
    this.#folder = folder;
    this.#self = self;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** What an agent before us left. */
  load(): Job[] {
    const jobs: Job[] = [];
    for (const name of readdirSync(this.#folder)) {
      const file = path.join(this.#folder, name);
      const kept = name.endsWith('.json') || name.endsWith(ENDED) ? readKept(file) : undefined;
      if (kept?.self !== this.#self) rmSync(file, { force: true });
      else (name.endsWith(ENDED) ? this.#ended : jobs).push({ ...LATER, ...kept.job });
    }
    this.#ended.sort((a, b) => a.startedAt - b.startedAt);
    return jobs;
  }

  ended(): readonly Job[] {
    return this.#ended;
  }

  /** Without what is long and nobody asks for any more. */
  async keepEnded(job: Job): Promise<void> {
    const short = { ...job, spec: { ...job.spec, env: [], mounts: [], localMounts: [] }, owed: [] };
    await this.#put(`${job.id}${ENDED}`, short, false);
    this.#ended = [...this.#ended.filter(({ id }) => id !== job.id), short];
    for (const { id } of this.#ended.splice(0, Math.max(0, this.#ended.length - MOST_ENDED)))
      await this.#remove(`${id}${ENDED}`);
  }

  put(job: Job, durable: boolean): Promise<void> {
    return this.#put(`${job.id}.json`, job, durable);
  }

  #put(name: string, job: Job, durable: boolean): Promise<void> {
    const text = JSON.stringify({ self: this.#self, job } satisfies Kept);
    return this.#inTurn(name, () =>
      this.#replace(path.join(this.#folder, name), text, durable).catch((cause: unknown) => {
        throw writeError('the journal of jobs', this.#folder, cause);
      }),
    );
  }

  async #replace(file: string, text: string, durable: boolean): Promise<void> {
    const handle = await open(`${file}.new`, 'w', 0o600);
    try {
      await handle.writeFile(text);
      if (durable) await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    if (durable) await this.#syncFolder();
  }

  remove(id: string): Promise<void> {
    return this.#remove(`${id}.json`);
  }

  #remove(name: string): Promise<void> {
    return this.#inTurn(name, () => rm(path.join(this.#folder, name), { force: true }));
  }

  async #syncFolder(): Promise<void> {
    const handle = await open(this.#folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  #inTurn(name: string, write: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(write);
    const done = turn.catch(() => {});
    this.#turns.set(name, done);
    void done.then(() => {
      if (this.#turns.get(name) === done) this.#turns.delete(name);
    });
    return turn;
  }
}

/** Our own file, which nobody else can write; one that was cut short is worth nothing. */
function readKept(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}
