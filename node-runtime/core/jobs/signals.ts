import { sleep } from '../../base/clock.ts';
import { PlumpError } from '../../base/errors.ts';
import { endJob } from './end.ts';
import type { HomeContext } from './home-context.ts';
import { currentRef, type HeldSignal, isInOrder, type Job } from './job.ts';

const SIGKILL = 9;
const AGAIN_MS = 1000;

/**
 * Signals for jobs, wherever they are. Of a job that is being moved there are two copies that stand still, one of which
 * goes on: what is sent meanwhile is held, in the journal too, and given to that one. SIGKILL needs to wait for neither.
 */
export class Signals {
  readonly #home: HomeContext;
  /** Who waits until a signal is given to the program or held, by its token. */
  readonly #senders = new Map<string, PromiseWithResolvers<void>>();
  readonly #giving = new WeakSet<Job>();

  constructor(home: HomeContext) {
    this.#home = home;
  }

  /** Done when the program has it, or will have it as soon as it goes on. @throws PlumpError when its host is silent or refuses */
  async send(job: Job, signal: number): Promise<void> {
    if (signal === SIGKILL && isMoved(job)) return this.#kill(job);
    const one = { signal, token: this.#home.newToken() };
    const sender = Promise.withResolvers<void>();
    this.#senders.set(one.token, sender);
    job.signals = [...job.signals, one];
    await this.#home.table.note(job);
    this.give(job);
    await sender.promise.finally(() => this.#senders.delete(one.token));
  }

  /** Gives the job what is held for it, in the order of coming, while it is in order on its host. */
  give(job: Job): void {
    if (this.#giving.has(job)) return;
    this.#giving.add(job);
    this.#giveAll(job).catch(() => {
      // The agent stops: what is held is in the journal.
    });
  }

  async #giveAll(job: Job): Promise<void> {
    try {
      for (let next = job.signals[0]; next !== undefined && isInOrder(job); next = job.signals[0])
        await this.#giveOne(job, next);
    } finally {
      this.#giving.delete(job);
      for (const { token } of job.signals) this.#senders.get(token)?.resolve();
    }
  }

  async #giveOne(job: Job, { signal, token }: HeldSignal): Promise<void> {
    const { host, self, table, clock, stop } = this.#home;
    const sender = this.#senders.get(token);
    try {
      await host(job.host).signal(currentRef(self, job), signal, token);
    } catch (error) {
      const code = error instanceof PlumpError ? error.code : undefined;
      // It was just being moved, or nobody is there any more who could be told that its host is silent.
      if (code === 'PLUMP_BUSY' || (code === 'PLUMP_UNREACHABLE' && sender === undefined)) {
        sender?.resolve();
        if (signal === SIGKILL && isMoved(job)) return this.#kill(job);
        return isInOrder(job) ? sleep(clock, AGAIN_MS, stop) : undefined;
      }
      sender?.reject(error);
    }
    sender?.resolve();
    job.signals = job.signals.filter((one) => one.token !== token);
    await table.note(job);
  }

  /** Every copy of it, and what the move has got to is given up. */
  async #kill(job: Job): Promise<void> {
    await endJob(this.#home, job, { status: 128 + SIGKILL, text: '' });
  }
}

function isMoved({ move, resuming }: Job): boolean {
  return move !== undefined || resuming !== undefined;
}
