import type { LabUnderTest } from '../../helpers/lab.ts';
import type { Stage } from './plan.ts';

const LOOK = [
  'ls /run/plumpos/guests | sed "s/^/guest /"',
  'ls /run/netns | sed -n "s/^j/network namespace j/p"',
  'ls -d /sys/fs/cgroup/plumpos-jobs/*/ 2>/dev/null | sed "s/^/cgroup /"',
  'grep -o "/run/plumpos/guests[^ ]*" /proc/mounts | sed "s/^/mount /"',
  'ls /home/alice/soak/link_remap.* 2>/dev/null | sed "s/^/file /"',
  'true',
].join('; ');
const WAIT_SECONDS = 90;

/** What is still on the members, when every job is over. */
export async function leftOver(lab: LabUnderTest, { home, nodes }: Stage): Promise<string[]> {
  const left: string[] = [];
  for (const member of [home, ...nodes]) {
    const look = () => lab.on(member, 'sh', '-c', LOOK);
    const text = await lab.until(look, (found) => found === '', WAIT_SECONDS);
    left.push(
      ...text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => `${line} on ${member}`),
    );
  }
  return left;
}
