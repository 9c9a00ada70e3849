import { sleep } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { HomeContext } from './home-context.ts';
import type { Job } from './job.ts';

const AGAIN_MS = 1000;

/**
 * What a job cannot do without at home: its packets, its byte stream, what its host may do. A tool of this machine may fail
 * for a while (no memory, a full /run); it is asked again until it is done, and the first failure is an event.
 * @throws when the agent stops
 */
export async function insist(home: HomeContext, what: () => Promise<void>): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      await what();
      return;
    } catch (error) {
      home.stop.throwIfAborted();
      if (!told) home.event('job.trouble', messageOf(error));
      await sleep(home.clock, AGAIN_MS, home.stop);
    }
  }
}

/** As {@link insist}, but what fails at first is done in its own time. */
export async function attempt(home: HomeContext, what: () => Promise<void>): Promise<void> {
  try {
    await what();
  } catch (error) {
    home.event('job.trouble', messageOf(error));
    void insist(home, what).catch(() => {});
  }
}

/** Its byte stream goes to its host, unless it has ended: then its deputy hears that, and nothing after it. */
export function connect(home: HomeContext, job: Job): Promise<void> {
  return attempt(home, () => (job.end === undefined ? home.relay.connect(job) : Promise.resolve()));
}
