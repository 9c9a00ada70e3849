import { EXIT } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { numberText } from '../model/find-node.ts';
import { type NodeView, isLiving } from '../model/member.ts';

/** `showmap`: the map of the cluster in the form of openMosix's own. */
export const showmapVerb = defineVerb({
  name: 'showmap',
  group: 'Cluster',
  summary: 'the map of the cluster, as openMosix printed it',
  options: { json: { type: 'flag', help: 'as one JSON object' } },
  run: async ({ values, io }) => {
    const map = openMosixMap(await agentClient().nodes());
    io.out(values.json ? `${JSON.stringify(map)}\n` : showmapText(map));
    return EXIT.done;
  },
});

interface OpenMosixMap {
  /** This member's number. */
  readonly self: number;
  readonly entries: readonly { readonly number: number; readonly address: string; readonly count: 1 }[];
}

/** One entry a living member, this one first (openMosix HOWTO, "Auto-discovery": omdiscd, showmap). */
function openMosixMap(nodes: readonly NodeView[]): OpenMosixMap {
  const living = nodes.filter(isLiving);
  const sorted = living.toSorted((a, b) => Number(b.self) - Number(a.self) || a.number - b.number);
  return {
    self: nodes.find((node) => node.self)?.number ?? 0,
    entries: sorted.map(({ number, addresses }) => ({ number, address: addresses[0] ?? '0.0.0.0', count: 1 })),
  };
}

function showmapText({ self, entries }: OpenMosixMap): string {
  const row = (id: string, address: string, count: number) => `${id.padEnd(12)} ${address.padEnd(16)} ${count}\n`;
  return [
    `My Node-Id: ${numberText(self)}\n\n`,
    'Base Node-Id Address          Count\n',
    '------------ ---------------- -----\n',
    ...entries.map(({ number, address, count }) => row(numberText(number), address, count)),
  ].join('');
}
