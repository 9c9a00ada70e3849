import { sleep } from '../../base/clock.ts';
import { PlumpError } from '../../base/errors.ts';
import type { JobHint } from '../../model/job.ts';
import type { JobMask } from '../../model/job-mask.ts';
import type { NodeView } from '../../model/member.ts';
import type { HomeContext } from './home-context.ts';
import { currentRef, isInOrder, type Job } from './job.ts';
import { checkMask } from './job-mask.ts';
import { traitsOf } from './job-traits.ts';
import { LOCKED } from './placement.ts';

/** What can be said of a job while it runs, where it was not said at its start. */
export interface Steering {
  /** It stays where it is. */
  readonly locked?: boolean;
  readonly mask?: JobMask;
  readonly hints?: readonly JobHint[];
}

const AGAIN_MS = 1000;

/** Lets users steer jobs that run: kept at home, which has the last word about each move, and told to the host of the job. */
export class Steerer {
  readonly #home: HomeContext;
  /** Of these the host has not heard the last. */
  readonly #changed = new Set<Job>();
  readonly #telling = new Set<Job>();

  constructor(home: HomeContext) {
    this.#home = home;
  }

  /**
   * Done when home goes by it; its host hears of it as soon as it can.
   * @throws PlumpError PLUMP_REFUSED when the job cannot be unlocked, PLUMP_USAGE when the mask leaves nobody
   */
  async steer(job: Job, { locked, mask, hints }: Steering): Promise<void> {
    if (mask !== undefined) checkMask(mask, this.#named(job));
    const pinned = locked === undefined ? job.pinned : pinnedWith(job, locked);
    job.pinned = pinned;
    job.wish = { ...job.wish, ...(mask === undefined ? {} : { mask }), ...(hints === undefined ? {} : { hints }) };
    await this.#home.table.save(job);
    this.#changed.add(job);
    void this.#tell(job).catch(() => {});
  }

  #named({ wish: { where } }: Job): readonly NodeView[] {
    const all = this.#home.members();
    return typeof where === 'object' ? all.filter(({ overlay }) => where.includes(overlay)) : all;
  }

  /** A host that cannot hear it now asks home before it moves the job anyway. */
  async #tell(job: Job): Promise<void> {
    if (this.#telling.has(job)) return;
    const { host, self, clock, stop } = this.#home;
    this.#telling.add(job);
    try {
      for (; this.#changed.has(job) && job.end === undefined; await sleep(clock, AGAIN_MS, stop)) {
        if (!isInOrder(job)) continue;
        this.#changed.delete(job);
        await host(job.host)
          .steer(currentRef(self, job), traitsOf(this.#home, job))
          .catch((error: unknown) => {
            // An older host does not know the question.
            if (error instanceof PlumpError && error.code !== 'PLUMP_PROTOCOL') this.#changed.add(job);
          });
      }
    } finally {
      this.#telling.delete(job);
      this.#changed.delete(job);
    }
  }
}

function pinnedWith({ pinned, spec }: Job, locked: boolean): readonly string[] {
  const others = pinned.filter((reason) => reason !== LOCKED);
  if (locked) return [...others, LOCKED];
  if (spec.stays && pinned.includes(LOCKED))
    throw new PlumpError('PLUMP_REFUSED', 'it was started to stay at home (nomig, runhome, --home --nomig)');
  return others;
}
