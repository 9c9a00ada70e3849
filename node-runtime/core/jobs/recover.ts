import { abortMove, resumeSource } from '../move/abort.ts';
import { finishMove } from '../move/finish.ts';
import { payDebts } from './debts.ts';
import { finishEnd } from './end.ts';
import type { HomeContext } from './home-context.ts';
import { connect, insist } from './insist.ts';
import { addressOf, type Job } from './job.ts';

/**
 * Goes on with a job where an agent that was killed left it, by what the journal says: before a move's decision the move
 * is aborted, after it finished; what was not cleared away is; and what runs is served as before.
 */
export async function recoverJob(home: HomeContext, job: Job): Promise<void> {
  if (job.end !== undefined) return finishEnd(home, job);
  await insist(home, () => home.access.settle(job.host, job.spec.user));
  if (job.move?.phase === 'decided') return finishMove(home, job);
  if (job.move !== undefined) return abortMove(home, job, job.move);
  await payDebts(home, job);
  if (job.resuming !== undefined) return resumeSource(home, job);
  const address = addressOf(job);
  if (address !== undefined) await insist(home, () => serve(home, job, address));
  home.settled(job);
  await connect(home, job);
}

async function serve(home: HomeContext, job: Job, address: string): Promise<void> {
  if (job.end !== undefined) return;
  await home.kernel.route(job.id, address, job.host === home.self ? 'here' : { member: job.host });
  if (job.end === undefined) await home.kernel.publish(job.id, address, job.wish.publish);
}
