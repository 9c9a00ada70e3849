import { messageOf } from '../../base/errors.ts';
import type { Home } from '../../core/jobs/home.ts';
import type { HostOps } from '../../model/guest-ops.ts';
import type { Stayed, SweepReport } from '../../model/job.ts';
import type { MemberClient } from '../members/member-client.ts';

/** How many leave at once. */
const WIDTH = 4;

/** Moves all of them, a few at once; `move` tells what stays, and why. */
async function sweep<T>(all: readonly T[], move: (one: T) => Promise<Stayed | undefined>): Promise<SweepReport> {
  const left = [...all];
  const stayed: Stayed[] = [];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const problem = await move(next);
      if (problem !== undefined) stayed.push(problem);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  return { moved: all.length - stayed.length, stayed };
}

/** Asks the homes of all guests of others to take them away. */
export async function expelGuests(
  self: string,
  guests: Pick<HostOps, 'list'>,
  client: Pick<MemberClient, 'home'>,
): Promise<SweepReport> {
  const views = (await guests.list()).filter(({ ref, state }) => ref.home !== self && state !== 'over');
  return sweep(views, async ({ ref, command }) => {
    try {
      await client.home(ref.home).takeAway(ref);
      return undefined;
    } catch (error) {
      return { id: ref.id, command, reason: messageOf(error) };
    }
  });
}

/** Takes all jobs of this home back that are elsewhere. */
export async function bringHome(home: Home): Promise<SweepReport> {
  return sweep(home.away(), async (job) => {
    try {
      await home.bring(job);
      return undefined;
    } catch (error) {
      return { id: job.id, pid: job.deputy.pid, command: job.spec.argv.join(' '), reason: messageOf(error) };
    }
  });
}
