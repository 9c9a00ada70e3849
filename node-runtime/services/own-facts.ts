import os from 'node:os';
import type { SelfPatch } from '../core/membership/own-entry.ts';
import type { NumberClaim } from '../core/membership/numbers.ts';
import { type Endpoint, type MemberEntry, PROTOCOL } from '../model/member.ts';
import type { NodeConfig } from '../model/node-config.ts';
import type { NicStatus } from '../model/status.ts';
import type { MachineFacts } from '../system/machine-facts.ts';

/** What an agent is told about the machine it runs on. */
export interface AgentIdentity {
  readonly kind: 'node' | 'head';
  readonly config: NodeConfig;
  readonly facts: MachineFacts;
}

/** NICs that can be reached through now. */
export function usableNics(nics: readonly NicStatus[]): (NicStatus & { address: string; prefix: number })[] {
  return nics.flatMap((nic) =>
    nic.carrier && nic.address !== undefined && nic.prefix !== undefined
      ? [{ ...nic, address: nic.address, prefix: nic.prefix }]
      : [],
  );
}

/** The name of this member: `plumpos.hostname=`, or what DHCP or the machine itself calls it. */
export function ownName(config: NodeConfig): string {
  return config.hostname ?? os.hostname().split('.')[0] ?? 'plumpos';
}

/** What changes with leases and cables. */
export function changingFacts(
  identity: AgentIdentity,
  nics: readonly NicStatus[],
  port: number,
  { number, by }: NumberClaim,
): SelfPatch {
  const usable = usableNics(nics);
  return {
    name: ownName(identity.config),
    endpoints: usable.map(({ address, prefix }): Endpoint => ({ address, prefix, port })),
    macs: nics.map(({ mac }) => mac),
    number,
    mapped: by === 'map',
  };
}

/** This member's first words about itself. */
export function firstEntry(identity: AgentIdentity, id: string, overlay: string, facts: SelfPatch): MemberEntry {
  const { kind, config } = identity;
  const { kernel, criu, cpuFlags, cpus, memoryMB, booted } = identity.facts;
  const nothing = { name: '', number: 0, mapped: false, endpoints: [], macs: [] };
  const version = { incarnation: 1, version: 1, protocol: PROTOCOL };
  const machine = { kernel, criu, cpuFlags, cpus, memoryMB, booted };
  return { id, overlay, kind, role: config.role, image: config.image, ...version, ...machine, ...nothing, ...facts };
}
