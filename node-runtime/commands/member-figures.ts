import { EXIT, PlumpError } from '../base/errors.ts';
import type { Io } from '../base/verb.ts';
import type { agentClient } from '../client/agent-client.ts';
import { findNode } from '../model/find-node.ts';
import type { LoadRow } from '../model/load-view.ts';
import type { NodeView } from '../model/member.ts';

/** What `plumpos ctl` tells of a member as one number, by openMosix's words. */
export const FIGURES: Readonly<Record<string, (row: LoadRow, node: NodeView) => number>> = {
  getload: ({ load }) => load,
  getmem: (_row, { memoryMB }) => memoryMB,
  getfree: ({ freeMB }) => freeMB,
  getutil: ({ utilization }) => utilization,
};

/** Prints the figure of a member, this one where none is named. @throws PlumpError PLUMP_REFUSED when its load is not known */
export async function tellFigure(
  { nodes, jobs }: Pick<ReturnType<typeof agentClient>, 'nodes' | 'jobs'>,
  word: string,
  named: string | undefined,
  { json, io }: { readonly json: boolean; readonly io: Pick<Io, 'out'> },
): Promise<number> {
  const all = await nodes();
  const node = named === undefined ? all.find(({ self }) => self) : findNode(all, named);
  const row = (await jobs.loads()).find(({ overlay }) => overlay === node?.overlay);
  if (node === undefined || row === undefined)
    throw new PlumpError('PLUMP_REFUSED', `nothing is known of the load of ${node?.name ?? named}`, {
      hint: 'a member that lives tells it every second; of very many, each knows some',
    });
  io.out(json ? `${JSON.stringify({ ...row, name: node.name })}\n` : `${FIGURES[word]?.(row, node)}\n`);
  return EXIT.done;
}
