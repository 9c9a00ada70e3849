import { messageOf, PlumpError } from '../../base/errors.ts';
import type { GiveAway, Given } from '../../model/guest.ts';
import type { HomeContext } from '../jobs/home-context.ts';
import type { Job } from '../jobs/job.ts';
import { LOCKED } from '../jobs/placement.ts';
import { maskObjection } from '../jobs/whereabouts.ts';
import type { Mover } from './mover.ts';

/** Why home does not let a balancer move this job there; undefined when it does. */
function objection(home: HomeContext, job: Job, { to, why }: GiveAway): string | undefined {
  const { stay, stayHome } = home.settings();
  const { pinned, wish } = job;
  if (pinned.length > 0) return pinned.find((reason) => reason !== LOCKED) ?? LOCKED;
  if (typeof wish.where === 'object' && !wish.where.includes(to)) return 'it was started for other members (--on)';
  const masked = maskObjection(home, job, to);
  if (masked !== undefined) return masked;
  // Who goes takes its guests with it, and home's knobs are about moves that need not be.
  if (why === 'leave') return undefined;
  if (stay) return 'its home lets none of its jobs move by themselves (stay)';
  if (stayHome && to !== home.self) return 'its home keeps its jobs (lstay)';
  return home.balance?.allows(to) === false ? `its home does not trust ${home.contacts.name(to)} now` : undefined;
}

/** A host's balancer found a better place for a job of this home: home decides, and moves it as by hand. */
export async function giveAway(home: HomeContext, mover: Mover, job: Job, place: GiveAway): Promise<Given> {
  const against = objection(home, job, place);
  if (against !== undefined) return { outcome: 'stays', text: against };
  const before = job.lastGeneration;
  try {
    await mover.move(job, { member: place.to, given: place });
    return { outcome: 'moved' };
  } catch (error) {
    home.stop.throwIfAborted();
    const text = plain(messageOf(error));
    // Until a move is begun nobody has done anything wrong.
    if (job.lastGeneration > before) return { outcome: 'failed', text };
    if (error instanceof PlumpError && error.code === 'PLUMP_BUSY') return { outcome: 'busy', text };
    const { pid } = job.deputy;
    const [from, to] = [job.host, place.to].map((member) => home.contacts.name(member));
    home.event('job.stays', `job ${pid} stays on ${from}, which would send it to ${to}: ${text}`, { pid });
    return { outcome: 'stays', text };
  }
}

function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, 1000);
}
