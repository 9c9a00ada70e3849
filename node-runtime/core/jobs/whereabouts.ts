import type { HomeContext } from './home-context.ts';
import { maskAllows, maskText } from './job-mask.ts';
import type { Job } from './job.ts';

type Home = Pick<HomeContext, 'members' | 'self'>;

/** May the job be on this member by its user's word (`--on`, `--only`, `--not`)? Home is a member as all others are. */
export function mayBeOn(home: Home, job: Pick<Job, 'wish'>, overlay: string): boolean {
  const { where } = job.wish;
  if (typeof where === 'object' && !where.includes(overlay)) return false;
  return maskObjection(home, job, overlay) === undefined;
}

/** Was the job started for others, so that home is no place for it? */
export function isSentAway(home: Home, job: Pick<Job, 'wish'>): boolean {
  const { where } = job.wish;
  return typeof where === 'object' || (where === 'best' && !mayBeOn(home, job, home.self));
}

/** Why its mask keeps the job from this member; undefined when it does not. */
export function maskObjection({ members }: Home, { wish: { mask } }: Pick<Job, 'wish'>, overlay: string) {
  if (mask?.filter !== true) return undefined;
  const all = members();
  const member = all.find((one) => one.overlay === overlay);
  if (maskAllows(mask, member?.number)) return undefined;
  return `its mask (${maskText(mask, all)}) keeps it from ${member?.name ?? overlay}`;
}
