import { sleep } from '../../base/clock.ts';
import { PlumpError } from '../../base/errors.ts';
import type { HomeContext } from '../jobs/home-context.ts';
import type { Job } from '../jobs/job.ts';

const AGAIN_MS = 1000;
/** The host answers, and each time something of its own went wrong: so often, then the job is given up. */
const MOST_FAILURES = 20;

/**
 * Asks a host for what the job cannot go on without, until it is done or the job has ended; a host that is silent, or busy
 * with another, is asked without end. `between` is done before each further question.
 * @throws what the host says when it refuses, or fails again and again
 */
export async function untilDone(
  home: HomeContext,
  job: Job,
  ask: () => Promise<void>,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (let failures = 0; job.end === undefined; ) {
    try {
      await ask();
      return;
    } catch (error) {
      const code = error instanceof PlumpError ? error.code : undefined;
      const waits = code === 'PLUMP_UNREACHABLE' || code === 'PLUMP_BUSY';
      if (code === 'PLUMP_REFUSED' || (!waits && ++failures >= MOST_FAILURES)) throw error;
      await sleep(home.clock, AGAIN_MS, home.stop);
      await between();
    }
  }
}
