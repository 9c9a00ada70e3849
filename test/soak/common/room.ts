import type { Io } from '#runtime/base/verb.ts';
import { upForJobs } from '../../helpers/jobs-room.ts';
import { LabUnderTest } from '../../helpers/lab.ts';

const HOME = 'head';

/** A head with these nodes, which goes down with its disposal; or the room that PLUMPOS_LAB names, which stays up. */
export async function roomOf(nodes: readonly string[], { env, signal }: Io): Promise<LabUnderTest> {
  const lab = new LabUnderTest(env['PLUMPOS_LAB']);
  if (lab.kept) {
    // Only the soak moves its jobs.
    await lab.on(HOME, 'plumpos', 'ctl', 'stay');
    return lab;
  }
  try {
    await upForJobs(lab, nodes, '--life', '1440');
    const all = [HOME, ...nodes].map((name) => `${name} alive`);
    await lab.settle(HOME, all);
    signal.throwIfAborted();
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}
