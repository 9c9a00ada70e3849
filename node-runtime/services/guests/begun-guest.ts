import { sleep } from '../../base/clock.ts';
import type { Guest } from './guest.ts';
import { tasksOf } from './quiet-guest.ts';

const WAIT_MS = 60_000;
const LOOK_MS = 50;
const KILL_MS = 10_000;
/** Pid 1 is called so from the moment its program runs (native/shim/launch.c). */
const FIRST = 'init';

/**
 * A start that an agent began which was killed in it: the launch went on without it. Host pid of the job's pid 1, or
 * undefined when no program was begun; then nothing of that start is left.
 */
export async function findBegun(guest: Guest): Promise<number | undefined> {
  const { cgroup, world } = guest;
  const limit = world.clock.now() + WAIT_MS;
  while (cgroup.populated && world.clock.now() < limit) {
    const first = tasksOf(guest).find(({ pid, name }) => pid === 1 && name === FIRST);
    if (first) return first.hostPid;
    await sleep(world.clock, LOOK_MS);
  }
  await cgroup.kill(world.clock, KILL_MS);
  return undefined;
}
