import { EXIT } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { numberText } from '../model/find-node.ts';
import { nicStateText } from '../model/nic-text.ts';
import type { NicStatus, Status } from '../model/status.ts';
import { durationText } from '../base/duration.ts';
import { tableText } from '../terminal/table.ts';

/** `plumpos status`: one screen about this member, and why it is alone. */
export const statusVerb = defineVerb({
  name: 'status',
  group: 'Cluster',
  summary: 'this member on one screen: why it is alone, if it is',
  details: 'docs/alone.md says for each check what to do. Exit status 3 when a check fails.',
  examples: ['plumpos status', 'plumpos status --json'],
  options: { json: { type: 'flag', help: 'as one JSON object' } },
  run: async ({ values, io }) => {
    const status = await agentClient().status();
    io.out(values.json ? `${JSON.stringify(status)}\n` : statusText(status));
    return status.checks.every(({ ok }) => ok) ? EXIT.done : EXIT.partly;
  },
});

function statusText(status: Status): string {
  const facts = [
    ['name', `${status.name}${status.number > 0 ? `, number ${numberText(status.number)}` : ''}`],
    ['phase', phaseText(status)],
    ['members', String(status.members)],
    ['kind', `${status.kind}, role ${status.role}`],
    ['image', `${status.image}, PlumpOS ${status.version}`],
    ['kernel', `${status.kernel}${status.secureBoot ? ', Secure Boot on' : ''}`],
    ['overlay', status.overlay || '-'],
    ['up', durationText(status.uptimeSeconds)],
    ['speed', `${status.speed} (10000 = the reference CPU)`],
  ];
  const nics = [['NIC', 'STATE', 'ADDRESS', 'SERVER', 'LEFT'], ...status.nics.map(nicRow)];
  const checks = status.checks.map(({ name, ok, text }) => [ok ? 'ok' : 'NO', name, text]);
  const parts = [tableText(facts), status.nics.length > 0 ? tableText(nics) : '', tableText(checks)];
  return parts.filter((part) => part !== '').join('\n');
}

function phaseText({ phase, hasSecret }: Status): string {
  if (phase === 'joined') return 'joined: in the cluster';
  if (phase === 'left') return "left: 'plumpos join' brings it back";
  return hasSecret ? `${phase}: not in the cluster` : `${phase}: in no cluster, for it has no secret`;
}

function nicRow(nic: NicStatus): string[] {
  const address = nic.address === undefined ? '-' : `${nic.address}/${nic.prefix ?? 32}`;
  const lease = nic.leftSeconds === undefined ? '-' : durationText(nic.leftSeconds);
  return [nic.name, nicStateText(nic), address, nic.server ?? '-', lease];
}
