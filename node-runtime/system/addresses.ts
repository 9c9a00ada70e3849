import { writeFileSync } from 'node:fs';
import type { DhcpRoute } from '../model/dhcp.ts';
import type { RunCommand } from './run-command.ts';

/** An address for a NIC, with all that comes with it. */
export interface AddressSetting {
  readonly address: string;
  readonly prefix: number;
  /** Seconds after which the kernel takes it away by itself, even if the agent is dead. Infinity: never. */
  readonly seconds: number;
  readonly routes: readonly DhcpRoute[];
  /** Of routes: the lower wins, so that several NICs with a default route do not fight. */
  readonly metric: number;
  readonly mtu?: number;
}

/** An address the kernel has. */
export interface SetAddress {
  readonly address: string;
  readonly prefix: number;
  /** It has a lifetime: somebody's lease. */
  readonly leased: boolean;
}

/** Sets an address and its routes; set again, it lasts longer. @throws PlumpError PLUMP_TOOL when the address cannot be set */
export async function setAddress(run: RunCommand, nic: string, setting: AddressSetting): Promise<void> {
  const { address, prefix, seconds, routes, metric, mtu } = setting;
  const lifetime = Number.isFinite(seconds) ? String(Math.max(1, Math.floor(seconds))) : 'forever';
  const life = ['valid_lft', lifetime, 'preferred_lft', lifetime];
  await run('ip', ['addr', 'replace', `${address}/${prefix}`, 'brd', '+', 'dev', nic, ...life]);
  const lines = [
    ...(mtu === undefined ? [] : [`link set ${nic} mtu ${mtu}`]),
    ...routes.map(({ to, via }) =>
      via === '0.0.0.0'
        ? `route replace ${to} dev ${nic} metric ${metric}`
        : `route replace ${to} via ${via} dev ${nic} metric ${metric} onlink`,
    ),
  ];
  if (lines.length === 0) return;
  // A server's routes may be nonsense, and a card may refuse an MTU: the rest holds all the same.
  await run('ip', ['-force', '-batch', '-'], { input: `${lines.join('\n')}\n` }).catch(() => {});
}

/** Takes an address away; its routes go with it. */
export async function removeAddress(run: RunCommand, nic: string, address: string, prefix: number): Promise<void> {
  await run('ip', ['addr', 'del', `${address}/${prefix}`, 'dev', nic]).catch(() => {
    // Gone by itself: its time was over, or its NIC was pulled out.
  });
}

/** The IPv4 addresses a NIC has. */
export async function readAddresses(run: RunCommand, nic: string): Promise<SetAddress[]> {
  const shown: unknown = JSON.parse(await run('ip', ['-j', '-4', 'addr', 'show', 'dev', nic]));
  const [card] = shown as { addr_info?: { local: string; prefixlen: number; dynamic?: boolean }[] }[];
  return (card?.addr_info ?? []).map(({ local, prefixlen, dynamic }) => ({
    address: local,
    prefix: prefixlen,
    leased: dynamic === true,
  }));
}

/** Brings a NIC up. */
export async function linkUp(run: RunCommand, nic: string): Promise<void> {
  await run('ip', ['link', 'set', nic, 'up']);
}

/** Two NICs on one segment, answers that come in on the other NIC: what a node with several cards needs (evidence f3 §1.2). */
export function settleSysctls(nic: string): void {
  const settings = { rp_filter: '0', arp_ignore: '1', arp_announce: '2' };
  for (const where of ['all', nic]) {
    for (const [name, value] of Object.entries(settings)) {
      try {
        writeFileSync(`/proc/sys/net/ipv4/conf/${where}/${name}`, value);
      } catch {
        // A card that has just gone.
      }
    }
  }
}
