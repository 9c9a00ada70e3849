import type { Handle } from '../../model/load-message.ts';
import type { Asker } from './asker.ts';
import type { BalanceContext } from './balance-context.ts';
import { slowness } from './slowness.ts';
import { bestKnown } from './targets.ts';

/** A job that is about to start. */
export interface NewJob {
  /** CPU it is expected to use, 100 = one CPU. */
  readonly weight: number;
  readonly memoryMB: number;
  readonly mayBeOn: ((member: Handle) => boolean) | undefined;
}

/** Where a job starts: at home (`seq` undefined), or on a member that holds room for it under `seq`. */
export interface StartPlace {
  readonly member: Handle;
  readonly seq: number | undefined;
  /** Home for want of anything better known: nobody was asked, or nobody had room or answered. */
  readonly unsure?: true;
}

/**
 * Placement at start: the least load ÷ speed among what is known and what answers. It costs no move, so it is what balances most;
 * moves repair what it could not know.
 */
export class Starter {
  readonly #context: BalanceContext;
  readonly #asker: Asker;
  /** Work of jobs that were placed here and are not measured yet. */
  #starting = 0;

  constructor(context: BalanceContext, asker: Asker) {
    this.#context = context;
    this.#asker = asker;
  }

  /** Finds a place and calls `done`, within the time of one round. */
  place(job: NewJob, done: (place: StartPlace) => void): void {
    const { settings, host, self, view } = this.#context;
    const own = this.#context.promised();
    const here = { ...own, work: own.work + this.#starting + job.weight };
    const best = bestKnown(this.#context, here, job, settings.askBest, job.mayBeOn);
    const random = host.randomMember();
    const others = random === undefined || job.mayBeOn?.(random) === false ? [] : [random];
    const fits = host.freeMB() - settings.spareMB >= job.memoryMB && job.mayBeOn?.(self) !== false;
    const alone = fits && best.length === 0 && here.work <= 100 * here.cpus;
    const hereSlow = fits ? slowness(here.work, here.cpus, here.speed) : Number.POSITIVE_INFINITY;
    const question = { reason: 'start' as const, jobs: 1, weight: job.weight, memoryMB: job.memoryMB, mean: 0 };
    this.#starting += job.weight;
    const end = (place: StartPlace) => {
      this.#starting -= job.weight;
      done(place);
    };
    const asked =
      !alone &&
      this.#asker.ask(best, others, question, (grants) => {
        const slow = (there: { work: number; cpus: number; speed: number }) =>
          slowness(there.work + job.weight, there.cpus, there.speed);
        const [first, ...rest] = grants.toSorted((a, b) => slow(a.there) - slow(b.there));
        const away = first !== undefined && slow(first.there) * settings.leastGain <= hereSlow;
        for (const grant of away ? rest : grants) this.#asker.giveBack(grant.member, grant.seq, grant.jobs);
        if (!away)
          return end(
            grants.length > 0 ? { member: self, seq: undefined } : { member: self, seq: undefined, unsure: true },
          );
        view.addWork(first.member, job.weight);
        end({ member: first.member, seq: first.seq });
      });
    if (!asked) end({ member: self, seq: undefined, ...(alone ? {} : { unsure: true }) });
  }
}
