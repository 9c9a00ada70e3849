import { EXIT } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { findNode, numberText } from '../model/find-node.ts';
import type { NodeView } from '../model/member.ts';
import { durationText } from '../base/duration.ts';
import { tableText } from '../terminal/table.ts';

/** `plumpos nodes`: who is in the cluster. */
export const nodesVerb = defineVerb({
  name: 'nodes',
  group: 'Cluster',
  summary: 'who is in the cluster',
  words: '[NODE…]',
  details: `NODE is a name, a number as showmap prints it, or an address. This member is marked with *.
LOAD: 100 is one CPU-bound process per CPU of standard speed. SPEED: of one CPU, 10000 is the reference.`,
  examples: ['plumpos nodes', 'plumpos nodes --json'],
  options: { json: { type: 'flag', help: 'everything, as one JSON array' } },
  run: async ({ values, positionals, io }) => {
    const all = await agentClient().nodes('missing');
    const chosen = positionals.length === 0 ? all : positionals.map((word) => findNode(all, word));
    io.out(values.json ? `${JSON.stringify(chosen)}\n` : nodesText(chosen));
    return EXIT.done;
  },
});

function nodesText(nodes: readonly NodeView[]): string {
  const rows = nodes
    .toSorted((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1))
    .map((node) => [
      node.number === 0 ? '-' : numberText(node.number),
      `${node.name || '?'}${node.self ? ' *' : ''}`,
      stateText(node),
      node.load === undefined ? '-' : String(node.load),
      node.speed === undefined ? '-' : String(node.speed),
      node.addresses.join(' ') || '-',
      node.kernel || '-',
      node.criu === '' ? '-' : node.criu,
    ]);
  return tableText([['NUMBER', 'NAME', 'STATE', 'LOAD', 'SPEED', 'ADDRESSES', 'KERNEL', 'CRIU'], ...rows]);
}

function stateText(node: NodeView): string {
  if (node.state === 'incompatible') return `incompatible (image ${node.image || 'unknown'})`;
  if (node.state === 'alive') return 'alive';
  return `${node.state}, silent ${durationText(node.silentMs / 1000)}`;
}
