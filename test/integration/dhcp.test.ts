import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { Dnsmasq } from '../helpers/dnsmasq.ts';
import { Lan, type LanHost } from '../helpers/lan.ts';
import { NicAgent } from '../helpers/nic-agent.ts';

/** Dnsmasq grants no less than two minutes; so the client's clock runs faster. */
const FASTER = 40;
const SHORT = 'dhcp-range=10.10.0.100,10.10.0.150,255.255.255.0,120';

async function lanWithServer(segments = 1): Promise<{ lan: Lan; server: LanHost; node: LanHost }> {
  const lan = await Lan.make(segments);
  const server = lan.host('server');
  for (let i = 0; i < segments; i++) await server.plug(`eth${i}`, i, `10.1${i}.0.1/24`);
  return { lan, server, node: lan.host('node') };
}

const leased = (count: number) => (nics: NicAgent['nics']) =>
  nics.filter((nic) => nic.state === 'BOUND').length === count;

/** What the kernel has, not what the agent says. */
async function kernelAddress(node: LanHost, nic: string): Promise<string[]> {
  const shown = JSON.parse(await node.run('ip', ['-j', '-4', 'addr', 'show', 'dev', nic])) as {
    addr_info: { local: string }[];
  }[];
  return shown.flatMap((one) => one.addr_info.map((info) => info.local));
}

test.serial('every NIC gets its own lease, two on one segment too, and gives it back at the end', async (t) => {
  const { lan, server, node } = await lanWithServer(2);
  await using _ = lan;
  const range = (i: number) => `dhcp-range=10.1${i}.0.100,10.1${i}.0.150,255.255.255.0,1h`;
  await using dnsmasq = await Dnsmasq.start(server, [
    range(0),
    range(1),
    'dhcp-option=option:classless-static-route,10.99.0.0/16,10.10.0.1',
  ]);
  for (const [nic, segment] of [
    ['eth0', 0],
    ['eth1', 1],
    ['eth2', 0],
  ] as const)
    await node.plug(nic, segment);
  await using agent = NicAgent.start(node, { hostname: 'n1' });
  const nics = await agent.until(leased(3));
  t.deepEqual(
    nics.map((nic) => nic.engine),
    ['plumpos', 'plumpos', 'plumpos'],
    'no fallback',
  );
  t.is(new Set(nics.map((nic) => nic.address)).size, 3);
  for (const nic of nics) t.deepEqual(await kernelAddress(node, nic.name), [nic.address]);
  t.regex(await node.run('ip', ['route']), /10\.99\.0\.0\/16 via 10\.10\.0\.1/);
  t.regex(dnsmasq.log, /client provides name: n1/);
  await agent.stop();
  for (const nic of nics)
    t.regex(dnsmasq.log, new RegExp(`DHCPRELEASE\\(eth\\d\\) ${nic.address?.replaceAll('.', '\\.')}`));
  t.deepEqual(await kernelAddress(node, 'eth0'), []);
});

test.serial('without a server a NIC has a link-local address; when one comes it gets a lease', async (t) => {
  const { lan, server, node } = await lanWithServer();
  await using _ = lan;
  await node.plug('eth0', 0);
  await using agent = NicAgent.start(node, { faster: FASTER, udhcpc: ['false'] });
  const [alone] = await agent.until((nics) => nics[0]?.address?.startsWith('169.254.') === true);
  t.regex(alone?.state ?? '', /link-local/);
  await using _server = await Dnsmasq.start(server, [SHORT]);
  const [nic] = await agent.until(leased(1));
  t.deepEqual(await kernelAddress(node, 'eth0'), [nic?.address]);
});

test.serial('of two servers one is chosen, and only its lease is used', async (t) => {
  const { lan, server, node } = await lanWithServer();
  await using _ = lan;
  const other = lan.host('other');
  await other.plug('eth0', 0, '10.10.0.2/24');
  await using first = await Dnsmasq.start(server, [SHORT]);
  await using second = await Dnsmasq.start(other, ['dhcp-range=10.10.0.200,10.10.0.250,255.255.255.0,120']);
  await node.plug('eth0', 0);
  await using agent = NicAgent.start(node);
  const [nic] = await agent.until(leased(1));
  const granting = nic?.server === '10.10.0.1' ? first : second;
  t.regex(granting.log, new RegExp(`DHCPACK\\(eth0\\) ${nic?.address?.replaceAll('.', '\\.')}`));
  t.is((await kernelAddress(node, 'eth0')).length, 1);
});

test.serial('a server that dies: the lease runs out, the address goes; it comes back: a lease again', async (t) => {
  const { lan, server, node } = await lanWithServer();
  await using _ = lan;
  await node.plug('eth0', 0);
  const dnsmasq = await Dnsmasq.start(server, [SHORT]);
  await using agent = NicAgent.start(node, { faster: FASTER, udhcpc: ['false'] });
  await agent.until(leased(1));
  await dnsmasq.says(/(DHCPACK[\s\S]*){3}/);
  t.falsy(
    agent.events.find((one) => one.event === 'nic.lease-lost'),
    'renewals keep the lease',
  );
  await dnsmasq[Symbol.asyncDispose]();
  const lost = await agent.event((one) => one.event === 'nic.lease-lost');
  t.is(lost.why, 'expired');
  const from = agent.events.length;
  await using _again = await Dnsmasq.start(server, [SHORT]);
  await agent.event((one) => one.event === 'nic.lease', from);
  t.true((await kernelAddress(node, 'eth0')).some((address) => address.startsWith('10.10.0.')));
});

test.serial('a server that says no: the old address goes, one of the new range comes', async (t) => {
  const { lan, server, node } = await lanWithServer();
  await using _ = lan;
  await node.plug('eth0', 0);
  const before = await Dnsmasq.start(server, [SHORT]);
  await using agent = NicAgent.start(node, { faster: FASTER, udhcpc: ['false'] });
  await agent.until(leased(1));
  await before[Symbol.asyncDispose]();
  await using _after = await Dnsmasq.start(server, ['dhcp-range=10.10.0.200,10.10.0.250,255.255.255.0,120']);
  await agent.event((one) => one.event === 'nic.nak');
  const [nic] = await agent.until((nics) => leased(1)(nics) && Number(nics[0]?.address?.split('.')[3]) >= 200);
  t.deepEqual(await kernelAddress(node, 'eth0'), [nic?.address]);
});

test.serial('an address somebody else has is declined, and another one taken', async (t) => {
  const { lan, server, node } = await lanWithServer();
  await using _ = lan;
  const squatter = lan.host('squatter');
  await squatter.plug('eth0', 0, '10.10.0.60/24');
  await node.plug('eth0', 0);
  await node.run('ip', ['link', 'set', 'eth0', 'address', '02:00:00:00:00:60']);
  await using dnsmasq = await Dnsmasq.start(server, [SHORT, 'dhcp-host=02:00:00:00:00:60,10.10.0.60']);
  await using agent = NicAgent.start(node, { faster: FASTER, udhcpc: ['false'] });
  const conflict = await agent.event((one) => one.event === 'nic.conflict');
  t.is(conflict.address, '10.10.0.60');
  const [nic] = await agent.until(leased(1));
  t.not(nic?.address, '10.10.0.60');
  t.regex(dnsmasq.log, /DHCPDECLINE\(eth0\) 10\.10\.0\.60/);
});

test.serial(
  'a cable pulled out takes the address with it; plugged in again, the same address comes back',
  async (t) => {
    const { lan, server, node } = await lanWithServer();
    await using _ = lan;
    await node.plug('eth0', 0);
    await using dnsmasq = await Dnsmasq.start(server, [SHORT]);
    await using agent = NicAgent.start(node);
    const [first] = await agent.until(leased(1));
    await lan.switch('link set p2 down');
    await agent.event((one) => one.event === 'nic.link-down');
    t.deepEqual(await kernelAddress(node, 'eth0'), []);
    const discovers = dnsmasq.log.match(/DHCPDISCOVER/g)?.length;
    const from = agent.events.length;
    await lan.switch('link set p2 up');
    const again = await agent.event((one) => one.event === 'nic.lease', from);
    t.is(again.address, first?.address);
    t.is(dnsmasq.log.match(/DHCPDISCOVER/g)?.length, discovers, 'asked for by INIT-REBOOT');
  },
);

test.serial('a NIC that comes later gets a lease; fixed addresses need no server', async (t) => {
  const { lan, server, node } = await lanWithServer(2);
  await using _ = lan;
  await using _dnsmasq = await Dnsmasq.start(server, [SHORT]);
  await node.plug('eth1', 1);
  await using agent = NicAgent.start(node, { addresses: ['eth1:10.11.0.7/24:10.11.0.1', 'eth9:nonsense'] });
  const [fixed] = await agent.until((nics) => nics[0]?.state === 'static' && nics[0].address !== undefined);
  t.is(fixed?.address, '10.11.0.7');
  t.true(agent.events.some((one) => one.event === 'nic.bad-argument'));
  await node.plug('eth0', 0);
  await agent.until(leased(1));
  t.deepEqual(await kernelAddress(node, 'eth1'), ['10.11.0.7']);
  t.regex(await node.run('ip', ['route']), /default via 10\.11\.0\.1 dev eth1/);
});

test.serial("garbage, other clients' answers and hostile grants on port 68 change nothing", async (t) => {
  const { lan, server, node } = await lanWithServer();
  await using _ = lan;
  await node.plug('eth0', 0);
  await using _dnsmasq = await Dnsmasq.start(server, [SHORT]);
  await using agent = NicAgent.start(node, { udhcpc: ['false'] });
  const [before] = await agent.until(leased(1));
  const socket = server.namespace.run(() => {
    const one = createSocket('udp4');
    one.bindSync({ port: 67, address: '0.0.0.0', reuseAddr: true } as never);
    return one;
  });
  socket.setBroadcast(true);
  const send = (bytes: Buffer) =>
    new Promise<void>((resolve) => {
      socket.send(bytes, 68, '10.10.0.255', () => resolve());
    });
  for (let i = 0; i < 500; i++) {
    const bytes = randomBytes(300);
    if (i % 2) bytes.writeUInt32BE(0x63825363, 236);
    bytes[0] = 2;
    await send(bytes);
  }
  socket.close();
  const from = agent.events.length;
  await node.plug('eth1', 0);
  await agent.event((one) => one.event === 'nic.lease' && one.nic === 'eth1', from);
  t.deepEqual(await kernelAddress(node, 'eth0'), [before?.address]);
});
