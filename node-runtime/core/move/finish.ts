import { sleep } from '../../base/clock.ts';
import { PlumpError } from '../../base/errors.ts';
import { payDebts } from '../jobs/debts.ts';
import { endJob } from '../jobs/end.ts';
import type { HomeContext } from '../jobs/home-context.ts';
import { addressOf, currentRef, type Job } from '../jobs/job.ts';

const AGAIN_MS = 1000;

/**
 * Steps 12 to 14, after the decision: the source's copy is killed (one that cannot be reached stands still until it can),
 * packets and byte stream go to the target, and it is told to go until it answers. Safe to begin again.
 * @throws PlumpError PLUMP_REFUSED when the job ended meanwhile
 */
export async function finishMove(home: HomeContext, job: Job): Promise<void> {
  await payDebts(home, job);
  const address = addressOf(job);
  const to = job.host === home.self ? 'here' : { member: job.host };
  if (address !== undefined && job.end === undefined) await home.kernel.route(job.id, address, to);
  await tellToGo(home, job);
  job.move = undefined;
  job.state = 'running';
  home.settled(job);
  await home.table.note(job);
  await home.relay.connect(job);
}

async function tellToGo(home: HomeContext, job: Job): Promise<void> {
  while (job.end === undefined) {
    try {
      await home.host(job.host).go(currentRef(home.self, job));
      return;
    } catch (error) {
      if (!(error instanceof PlumpError) || error.code !== 'PLUMP_UNREACHABLE') {
        const text = `${home.contacts.name(job.host)} lost it after a move: ${String((error as Error).message)}`;
        await endJob(home, job, { status: 125, text });
      } else await sleep(home.clock, AGAIN_MS, home.stop);
    }
  }
  throw new PlumpError('PLUMP_REFUSED', job.end.text || 'it ended');
}
