import { messageOf, PlumpError } from '../../base/errors.ts';
import type { HomeContext } from './home-context.ts';
import { type Job, type Owed, refOf } from './job.ts';

/** Longer than a host keeps a guest whose home is silent: by then it is dead there. */
const ORPHAN_MARGIN_MS = 60_000;

/**
 * Kills copies of the job that must not be any more, where their members answer, and takes back what those members were
 * allowed. Whatever cannot be reached stays owed. Safe to call at any time and again.
 */
export async function payDebts(home: HomeContext, job: Job): Promise<void> {
  const members = new Set(job.owed.map(({ member }) => member));
  await Promise.all([...members].map((member) => payMember(home, job, member)));
}

async function payMember(home: HomeContext, job: Job, member: string): Promise<void> {
  const paid: Owed[] = [];
  for (const owed of job.owed.filter((one) => one.member === member)) {
    if (!(await isGone(home, job, owed))) continue;
    job.owed = job.owed.filter((one) => one.member !== member || one.generation !== owed.generation);
    paid.push(owed);
  }
  try {
    // The kernel before the journal: an agent that is killed in between does both again.
    await home.access.settle(member, job.spec.user);
  } catch (error) {
    // As long as that member may do what it should not, it is owed.
    for (const owed of paid) owe(job, owed);
    home.event('job.trouble', messageOf(error));
  }
  await home.table.note(job);
}

async function isGone(home: HomeContext, job: Job, { member, generation }: Owed): Promise<boolean> {
  if (home.contacts.fate(member) !== 'there') return true;
  try {
    await home.host(member).discard(refOf(home.self, job, generation));
    return true;
  } catch (error) {
    if (!(error instanceof PlumpError) || error.code !== 'PLUMP_UNREACHABLE') {
      home.event('job.left-over', `${home.contacts.name(member)} could not clear a guest away: ${String(error)}`);
      return false;
    }
    return home.contacts.silentMs(member) > job.spec.orphanMs + ORPHAN_MARGIN_MS;
  }
}

/** Adds a copy that must not be any more; the caller saves the job. */
export function owe(job: Job, owed: Owed): void {
  const same = (one: Owed) => one.member === owed.member && one.generation === owed.generation;
  job.owed = [...job.owed.filter((one) => !same(one)), owed];
}
