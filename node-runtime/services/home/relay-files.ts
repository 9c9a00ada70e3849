import { mkdirSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Queue } from '../../base/queue.ts';
import { writeError } from '../../base/write-error.ts';
import type { RelayTable } from '../../core/jobs/home-context.ts';
import type { Job } from '../../core/jobs/job.ts';
import { guestPaths } from '../../model/guest-paths.ts';
import { relayClose } from '../../system/relay-control.ts';

/**
 * Home's side of the relay: one line per job, which the relay reads at every connection (out-ID). Whoever is connected by
 * an older line is cut off, and comes again.
 */
export class RelayFiles implements RelayTable {
  readonly #folder: string;
  readonly #self: string;
  /** What is written of one job is written one after the other: the last word counts. */
  readonly #turns = new Map<string, Queue>();

  constructor(folder: string, self: string) {
    this.#folder = folder;
    this.#self = self;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  wait(job: Job): Promise<void> {
    return this.#put(job, 'wait');
  }

  connect(job: Job): Promise<void> {
    const { id, generation, host, token } = job;
    const here = `local ${guestPaths({ id, generation }).socket}`;
    return this.#put(job, host === this.#self ? here : `peer ${host} ${generation} ${token}`);
  }

  over(job: Job, status: number, text: string): Promise<void> {
    return this.#put(job, `over ${status} ${text.replace(/\s+/g, ' ')}`);
  }

  async remove({ id }: Job): Promise<void> {
    await this.#turn(id).run(() => rm(this.#file(id), { force: true }));
    this.#turns.delete(id);
    await relayClose(id);
  }

  #put(job: Job, where: string): Promise<void> {
    return this.#turn(job.id).run(() => this.#write(job, where));
  }

  #turn(id: string): Queue {
    const turn = this.#turns.get(id) ?? new Queue();
    this.#turns.set(id, turn);
    return turn;
  }

  async #write({ id, spec, deputy }: Job, where: string): Promise<void> {
    const file = this.#file(id);
    try {
      await writeFile(`${file}.new`, `${spec.user.uid} ${deputy.token} ${where}\n`, { mode: 0o600 });
      await rename(`${file}.new`, file);
    } catch (cause) {
      throw writeError("the relay's table", this.#folder, cause);
    }
    await relayClose(id);
  }

  #file(id: string): string {
    return path.join(this.#folder, `out-${id}`);
  }
}
