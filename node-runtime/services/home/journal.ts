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

/**
 * The jobs of this home as files, one each, replaced as a whole. Jobs of another boot are forgotten when it is opened: their
 * deputies are gone, and hosts kill their guests.
 */
export class JobFiles implements Journal {
  readonly #folder: string;
  readonly #self: string;
  /** Writes of one job come one after the other. */
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
      const kept = name.endsWith('.json') ? readKept(file) : undefined;
      if (kept?.self === this.#self) jobs.push(kept.job);
      else rmSync(file, { force: true });
    }
    return jobs;
  }

  put(job: Job, durable: boolean): Promise<void> {
    const text = JSON.stringify({ self: this.#self, job } satisfies Kept);
    return this.#inTurn(job.id, () =>
      this.#replace(this.#file(job.id), text, durable).catch((cause: unknown) => {
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
    return this.#inTurn(id, () => rm(this.#file(id), { force: true }));
  }

  #file(id: string): string {
    return path.join(this.#folder, `${id}.json`);
  }

  async #syncFolder(): Promise<void> {
    const handle = await open(this.#folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  #inTurn(id: string, write: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(write);
    const done = turn.catch(() => {});
    this.#turns.set(id, done);
    void done.then(() => {
      if (this.#turns.get(id) === done) this.#turns.delete(id);
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
