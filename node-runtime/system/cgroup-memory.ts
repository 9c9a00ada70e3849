/**
 * What of a cgroup's memory is its processes' own, in memory.stat's names: theirs alone, shared by them or in their
 * tmpfs, what waits in their sockets, their stacks in the kernel and their page tables. Everything else are copies of
 * files, which the kernel drops when somebody needs the room, and which do not move.
 */
const OWN = new Set(['anon', 'shmem', 'sock', 'kernel_stack', 'pagetables']);

/**
 * Bytes that have to be somewhere while the processes live, and that a move takes along.
 * @param stat text of memory.stat
 * @param swapped text of memory.swap.current: what lies in the swap moves, too
 */
export function ownMemory(stat: string, swapped: string): number {
  const lines = stat.split('\n').map((line) => line.split(' '));
  const own = lines.filter(([name = '']) => OWN.has(name));
  return own.reduce((sum, [, bytes]) => sum + (Number(bytes) || 0), Number(swapped) || 0);
}
