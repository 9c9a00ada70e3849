import { owe, payDebts } from './debts.ts';
import type { HomeContext } from './home-context.ts';
import { attempt, insist } from './insist.ts';
import { addressOf, type Job, type JobEnd, type Owed } from './job.ts';

/** A member that did not answer for so long is cut off before it is asked again. */
export const SILENT_MS = 5000;

/**
 * The job is over: written down first, then every copy is cleared away where members answer, cut off where they do not
 * (f7 §4), and only then the deputy is told: whoever learns that the job is gone can rely on it. A second end changes
 * nothing.
 */
export async function endJob(home: HomeContext, job: Job, end: JobEnd): Promise<void> {
  if (job.end !== undefined) return;
  home.ended(job);
  job.end = end;
  job.state = 'ended';
  if (job.generation > 0) owe(job, { member: job.host, generation: job.generation, runs: true });
  if (job.move !== undefined) owe(job, { member: job.move.to, generation: job.move.generation, runs: false });
  job.move = undefined;
  job.resuming = undefined;
  await home.table.note(job);
  if (end.text !== '')
    home.event('job.lost', `job ${job.deputy.pid}: ${end.text}`, { pid: job.deputy.pid, id: job.id });
  await finishEnd(home, job);
}

/** The rest of an end, again after the agent was killed in it. */
export async function finishEnd(home: HomeContext, job: Job): Promise<void> {
  const end = job.end;
  if (end === undefined) return;
  const address = addressOf(job);
  if (address !== undefined) await attempt(home, () => home.kernel.release(job.id, address));
  const silent = job.owed.some(({ member }) => home.contacts.silentMs(member) > SILENT_MS);
  const cutOff = ({ member }: Owed) => insist(home, () => home.access.settle(member, job.spec.user));
  if (silent) await Promise.all(job.owed.map(cutOff));
  else await payDebts(home, job);
  // Read only by a deputy that has not heard the end from the job itself.
  const lost = `it ended on ${home.contacts.name(job.host)}, but its status was lost`;
  const text = end.text || (end.status === undefined ? lost : '');
  const tell = () => home.relay.over(job, end.status ?? 125, text);
  await attempt(home, () => (home.alone.has(job) ? Promise.resolve() : tell()));
  if (silent) await payDebts(home, job);
}
