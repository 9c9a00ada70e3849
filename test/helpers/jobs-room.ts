import type { JobView } from '#runtime/model/job.ts';
import type { LabUnderTest } from './lab.ts';

/** A node holds its image in RAM; what is left is for guests. */
const NODE_MB = 448;

/**
 * A head, where jobs are at home, and nodes with room for them. Its jobs move when a test moves them, and not by themselves.
 * @param more options of `lab up`
 */
export async function upForJobs(lab: LabUnderTest, nodes: readonly string[], ...more: string[]): Promise<void> {
  const memory = nodes.flatMap((name) => ['--memory', `${name}=${NODE_MB}`]);
  await lab.up(`${nodes.length}`, '--head', '--cpus', 'head=2', ...more, ...memory);
  await lab.on('head', 'plumpos', 'ctl', 'stay');
}

/** Alice's only job at the head, once it runs; undefined when it does not. */
export function onlyJob(lab: LabUnderTest, seconds: number): Promise<JobView | undefined> {
  const look = async () => {
    const { stdout } = await lab.as('head', 'alice', 'plumpos ps --json');
    const [job] = JSON.parse(stdout || '[]') as JobView[];
    return job?.state === 'running' ? job : undefined;
  };
  return lab.until(look, (job) => job !== undefined, seconds);
}
