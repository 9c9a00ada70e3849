import { setTimeout as wait } from 'node:timers/promises';
import type { NicStatus } from '#runtime/model/status.ts';
import { Dnsmasq } from './dnsmasq.ts';
import { Lan, type LanHost } from './lan.ts';
import { NicAgent } from './nic-agent.ts';

/** Dnsmasq grants no less than two minutes; so the clients' clock runs faster. */
export const FASTER = 40;
/** A range with the shortest leases. */
export const SHORT = 'dhcp-range=10.10.0.100,10.10.0.150,255.255.255.0,120';
/** Three rounds without an offer take long, and are not what the test is about. */
export const NO_FALLBACK = { udhcpc: ['false'] } as const;

/** A LAN with a place for a DHCP server (10.10.0.1, 10.11.0.1 …) and one for a node without cards. */
export async function dhcpLan(segments = 1): Promise<{ lan: Lan; server: LanHost; node: LanHost }> {
  const lan = await Lan.make(segments);
  const server = lan.host('server');
  for (let i = 0; i < segments; i++) await server.plug(`eth${i}`, i, `10.1${i}.0.1/24`);
  return { lan, server, node: lan.host('node') };
}

/** A node that has its lease, from the start on. */
export interface LeasedNode extends AsyncDisposable {
  readonly lan: Lan;
  readonly server: LanHost;
  readonly node: LanHost;
  readonly dnsmasq: Dnsmasq;
  readonly agent: NicAgent;
  /** Its card, as the agent told then. */
  readonly first: NicStatus | undefined;
}

/** One segment, one server with the range SHORT, one node with one card, leased. */
export async function leasedNode(options: Record<string, unknown> = {}): Promise<LeasedNode> {
  await using resources = new AsyncDisposableStack();
  const { lan, server, node } = await dhcpLan();
  resources.use(lan);
  await node.plug('eth0', 0);
  const dnsmasq = resources.use(await Dnsmasq.start(server, [SHORT]));
  const agent = resources.use(NicAgent.start(node, options));
  const [first] = await agent.until(leased(1));
  const owned = resources.move();
  return { lan, server, node, dnsmasq, agent, first, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** So many leases are in force. */
export function leased(count: number): (nics: readonly NicStatus[]) => boolean {
  return (nics) => nics.filter((nic) => nic.state === 'BOUND').length === count;
}

interface KernelAddress {
  readonly local: string;
  /** Seconds it has left; absent for ever. */
  readonly valid_life_time: number;
  readonly dynamic?: boolean;
}

/** What the kernel has, not what the agent says. */
export async function kernelAddresses(node: LanHost, nic: string): Promise<KernelAddress[]> {
  const shown = JSON.parse(await node.run('ip', ['-j', '-4', 'addr', 'show', 'dev', nic])) as {
    addr_info: KernelAddress[];
  }[];
  return shown.flatMap((one) => one.addr_info);
}

/** Waits until the kernel has these addresses on a card and no others. */
export async function kernelHas(node: LanHost, nic: string, wanted: readonly (string | undefined)[]): Promise<void> {
  for (;;) {
    const have = (await kernelAddresses(node, nic)).map(({ local }) => local);
    if (have.length === wanted.length && have.every((address) => wanted.includes(address))) return;
    await wait(50);
  }
}
