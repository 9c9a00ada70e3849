import type { NodeView } from '#runtime/model/member.ts';

const member = (name: string, number: number, more: Partial<NodeView>) =>
  ({ name, number, state: 'alive', self: false, cpus: 1, memoryMB: 1024, silentMs: 0, ...more }) as NodeView;

/** A room as the pages about seeing show it: a head, three nodes that work, one whose plug was pulled. */
export const SEEN_MEMBERS: readonly NodeView[] = [
  member('desk', 0x4d10, {
    self: true,
    cpus: 4,
    memoryMB: 8192,
    load: 98,
    speed: 10_000,
    freeMB: 5210,
    utilisation: 98,
  }),
  member('n1', 0x4d11, { cpus: 2, load: 104, speed: 8200, freeMB: 512, utilisation: 85 }),
  member('n2', 0x4d12, { load: 95, speed: 5100, freeMB: 730, utilisation: 48 }),
  member('n3', 0x4d13, { load: 205, speed: 4900, freeMB: 96, utilisation: 100 }),
  member('n4', 0x4d14, { state: 'dead', silentMs: 190_000 }),
];

export const SEEN_MOVES: readonly string[] = [
  '20:14:31  job 4127 moved from desk to n1 for load',
  '20:14:32  job 4131 moved from desk to n2 for load',
  '20:16:05  job 4127 moved from n3 to n1 for memory',
];
