import { messageOf } from '../../base/errors.ts';
import { owe, payDebts } from '../jobs/debts.ts';
import { endJob } from '../jobs/end.ts';
import type { HomeContext } from '../jobs/home-context.ts';
import { connect } from '../jobs/insist.ts';
import { currentRef, type Job, type Move } from '../jobs/job.ts';
import { untilDone } from './until-done.ts';

/**
 * A1 to A5, any time before the decision: what the target has is killed, what it was allowed taken back, then the source
 * is told to go on, until it answers: it stands still that long. When the source is silent for good, the watch over hosts
 * ends the job, and this with it. Safe to begin again.
 */
export async function abortMove(home: HomeContext, job: Job, move: Move): Promise<void> {
  if (job.move === move) {
    owe(job, { member: move.to, generation: move.generation, runs: false });
    job.move = undefined;
    job.resuming = move.generation;
    await home.table.note(job);
  }
  await payDebts(home, job);
  await resumeSource(home, job);
}

/** A3 to A5; again after the agent was killed in it. */
export async function resumeSource(home: HomeContext, job: Job): Promise<void> {
  const resuming = job.resuming;
  if (resuming === undefined) return;
  try {
    const resume = () => home.host(job.host).resume(currentRef(home.self, job), resuming);
    await untilDone(home, job, resume, () => payDebts(home, job));
  } catch (error) {
    home.stop.throwIfAborted();
    const text = `${home.contacts.name(job.host)} could not let it go on: ${messageOf(error)}`;
    await endJob(home, job, { status: 125, text });
  }
  if (job.end !== undefined) return;
  job.resuming = undefined;
  home.settled(job);
  await home.table.note(job);
  await connect(home, job);
}
