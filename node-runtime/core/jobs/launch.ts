import { messageOf } from '../../base/errors.ts';
import type { Started } from '../../model/guest.ts';
import { endJob } from './end.ts';
import type { HomeContext } from './home-context.ts';
import { addressOf, type Job } from './job.ts';
import { startJob } from './start.ts';
import type { Turnstile } from './turnstile.ts';

/** What a deputy is answered: its job, or why there is nothing to run. */
export type StartAnswer = { readonly job: Job } | { readonly exec: Started };

/** Brings a job from its place in the queue to running, or leaves nothing of it. */
export async function launch(home: HomeContext, starting: Turnstile, job: Job): Promise<StartAnswer> {
  await starting.enter(home.stop, () => {});
  try {
    await listen(home, job);
    const started = await startJob(home, job);
    if (started.exec !== undefined) {
      await endJob(home, job, { status: undefined, text: '' });
      return { exec: started };
    }
    await begin(home, job);
    return { job };
  } catch (error) {
    await endJob(home, job, { status: 125, text: messageOf(error) });
    throw error;
  } finally {
    starting.leave();
  }
}

/** Before the program is begun: one whose port is taken never ran. */
async function listen(home: HomeContext, job: Job): Promise<void> {
  const address = addressOf(job);
  if (address !== undefined && job.end === undefined) await home.kernel.publish(job.id, address, job.wish.publish);
}

async function begin(home: HomeContext, job: Job): Promise<void> {
  if (job.end !== undefined) return;
  job.state = 'running';
  home.settled(job);
  await home.table.note(job);
  if (job.end === undefined) await home.relay.connect(job);
}
