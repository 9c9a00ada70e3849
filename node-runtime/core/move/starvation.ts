import { messageOf } from '../../base/errors.ts';
import type { GuestView } from '../../model/guest.ts';
import { FairShare } from '../jobs/fair-share.ts';
import type { HomeContext } from '../jobs/home-context.ts';
import type { Job } from '../jobs/job.ts';
import { mayBeOn } from '../jobs/whereabouts.ts';
import type { Mover } from './mover.ts';

/** Home takes back what starves elsewhere, and believes the host no more that let it. */
export class Starvation {
  readonly #home: HomeContext;
  readonly #mover: Mover;
  readonly #shares = new FairShare();

  constructor(home: HomeContext, mover: Mover) {
    this.#home = home;
    this.#mover = mover;
  }

  /** What its host told of a job. */
  saw(job: Job, view: GuestView): void {
    const { balance, clock, self } = this.#home;
    if (balance === undefined || job.host === self) return;
    const said = balance.shareAt(job.host);
    const most = job.spec.limits.cpuPercent;
    const share = said === undefined || most === undefined ? said : Math.min(said, most / 100);
    const life = `${job.host} ${job.generation}`;
    if (this.#shares.saw(job.id, life, clock.now(), view, share)) void this.#takeBack(job);
  }

  forget(job: Job): void {
    this.#shares.forget(job.id);
  }

  async #takeBack(job: Job): Promise<void> {
    const { balance, event, contacts, self } = this.#home;
    const { host, pinned, deputy } = job;
    const name = contacts.name(host);
    const text = `${name} says it has CPU time, and job ${deputy.pid} waits for it there`;
    event('job.starved', text, { pid: deputy.pid, host: name });
    // Several jobs there, or one that cannot leave at once, are one and the same lie.
    if (balance?.allows(host) === true) balance.starved(host);
    if (pinned.length > 0 || !mayBeOn(this.#home, job, self)) return;
    try {
      await this.#mover.moveAfter(job, () => (job.host === host ? { member: self } : undefined));
    } catch (error) {
      event('job.trouble', messageOf(error));
    }
  }
}
