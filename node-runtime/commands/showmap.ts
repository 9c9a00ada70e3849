import { EXIT } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { numberText } from '../model/find-node.ts';
import type { NodeView } from '../model/member.ts';

/** `showmap`: the map of the cluster in the form of openMosix's own. */
export const showmapVerb = defineVerb({
  name: 'showmap',
  group: 'Cluster',
  summary: 'the map of the cluster, as openMosix printed it',
  options: {},
  run: async ({ io }) => {
    io.out(mapText(await agentClient().nodes()));
    return EXIT.done;
  },
});

/** One entry a living member, this one first (openMosix HOWTO, "Auto-discovery": omdiscd, showmap). */
function mapText(nodes: readonly NodeView[]): string {
  const living = nodes.filter(({ state }) => state === 'alive' || state === 'suspect');
  const sorted = living.toSorted((a, b) => Number(b.self) - Number(a.self) || a.number - b.number);
  const row = (id: string, address: string, count: string) => `${id.padEnd(12)} ${address.padEnd(16)} ${count}\n`;
  const self = nodes.find((node) => node.self)?.number ?? 0;
  return [
    `My Node-Id: ${numberText(self)}\n\n`,
    'Base Node-Id Address          Count\n',
    '------------ ---------------- -----\n',
    ...sorted.map((node) => row(numberText(node.number), node.addresses[0] ?? '0.0.0.0', '1')),
  ].join('');
}
