import { bothDone } from '../../base/both-done.ts';
import { messageOf, PlumpError } from '../../base/errors.ts';
import { payDebts } from '../jobs/debts.ts';
import { endJob } from '../jobs/end.ts';
import type { HomeContext } from '../jobs/home-context.ts';
import { connect, insist } from '../jobs/insist.ts';
import { addressOf, currentRef, type Job } from '../jobs/job.ts';
import { Steps } from './steps.ts';
import { untilDone } from './until-done.ts';

/**
 * Steps 12 to 14, after the decision: the source's copy is killed (one that cannot be reached stands still until it can),
 * packets and byte stream go to the target, and it is told to go until it answers. Safe to begin again.
 * @throws PlumpError PLUMP_REFUSED when the job ended meanwhile
 */
export async function finishMove(home: HomeContext, job: Job, steps = new Steps(home.clock)): Promise<void> {
  const address = addressOf(job);
  const to = job.host === home.self ? 'here' : { member: job.host };
  const lead = async () => {
    if (address !== undefined && job.end === undefined) await home.kernel.route(job.id, address, to);
  };
  await bothDone(steps.time('discard', payDebts(home, job)), steps.time('route', insist(home, lead)));
  await steps.time('go', tellToGo(home, job));
  job.move = undefined;
  job.state = 'running';
  home.movedAt.set(job, home.clock.now());
  home.settled(job);
  await home.table.note(job);
  await steps.time('connect', connect(home, job));
}

async function tellToGo(home: HomeContext, job: Job): Promise<void> {
  try {
    await untilDone(home, job, () => home.host(job.host).go(currentRef(home.self, job)));
  } catch (error) {
    home.stop.throwIfAborted();
    await endJob(home, job, {
      status: 125,
      text: `${home.contacts.name(job.host)} lost it after a move: ${messageOf(error)}`,
    });
  }
  if (job.end !== undefined) throw new PlumpError('PLUMP_REFUSED', job.end.text || 'it ended');
}
