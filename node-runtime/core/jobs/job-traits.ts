import type { JobTraits } from '../../model/job-spec.ts';
import type { HomeContext } from './home-context.ts';
import type { Job } from './job.ts';

/** What the balancer of the job's next host must know of it. */
export function traitsOf({ clock, movedAt }: Pick<HomeContext, 'clock' | 'movedAt'>, job: Job): JobTraits {
  const { wish, pinned, startedAt } = job;
  const moved = movedAt.get(job);
  return {
    hints: wish.hints ?? [],
    locked: pinned.length > 0,
    ...(typeof wish.where === 'object' ? { only: wish.where } : {}),
    ...(wish.mask?.filter === true ? { mask: wish.mask } : {}),
    ageMs: Math.max(0, Math.round(clock.wall() - startedAt)),
    ...(moved === undefined ? {} : { movedMs: Math.max(0, Math.round(clock.now() - moved)) }),
  };
}
