import { loadByYard } from '../../model/load-figures.ts';
import type { NodeView } from '../../model/member.ts';
import { filesIn, type HpcFile } from './hpc-file.ts';
import type { HpcSettings } from './admin-files.ts';

/** Of more members nothing is shown: each of their files is a page of memory. */
const MOST_NODES = 256;
const MB = 2 ** 20;

/** Bits of a member's status. */
const STATUS = { known: 1, up: 2, stay: 4, lstay: 8, block: 16, quiet: 32 } as const;

/** nodes/NUMBER/: openMosix' names; memory in bytes. */
export function nodeFiles(nodes: readonly NodeView[], yard: number, own: HpcSettings): HpcFile[] {
  return nodes
    .filter(({ state, number }) => ['alive', 'suspect', 'dead'].includes(state) && number > 0)
    .slice(0, MOST_NODES)
    .flatMap((node) =>
      filesIn(`nodes/${node.number}`, {
        CPUs: node.cpus,
        load: loadByYard(node.load ?? 0, yard),
        mem: (node.freeMB ?? 0) * MB,
        rmem: (node.freeMB ?? 0) * MB,
        tmem: node.memoryMB * MB,
        speed: node.speed ?? 0,
        util: node.utilisation ?? 0,
        status: statusOf(node, own),
      }),
    );
}

/** Of others only that they are up and take no guests is known here. */
function statusOf({ state, self, blocked }: NodeView, { stay, lstay, brought, block, quiet }: HpcSettings): number {
  const up = state === 'dead' ? 0 : STATUS.up;
  const bit = (on: boolean | undefined, value: number) => (on === true ? value : 0);
  if (!self) return STATUS.known | up | bit(blocked, STATUS.block);
  const home = bit(lstay, STATUS.lstay) | bit(brought, STATUS.lstay);
  return STATUS.known | up | bit(stay, STATUS.stay) | home | bit(block, STATUS.block) | bit(quiet, STATUS.quiet);
}
