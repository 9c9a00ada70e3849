import test from 'ava';
import { openTools } from '#builder/host/open-tools.ts';
import { busybox } from '../helpers/busybox.ts';
import {
  dhcpLan,
  FASTER,
  kernelAddresses,
  kernelHas,
  leased,
  leasedNode,
  NO_FALLBACK,
  SHORT,
} from '../helpers/dhcp-lan.ts';
import { Dnsmasq } from '../helpers/dnsmasq.ts';
import { NicAgent } from '../helpers/nic-agent.ts';

const OTHER_RANGE = 'dhcp-range=10.10.0.200,10.10.0.250,255.255.255.0,120';

test.serial('every NIC gets its own lease, two on one segment too, and gives it back at the end', async (t) => {
  const { lan, server, node } = await dhcpLan(2);
  await using _ = lan;
  const range = (i: number) => `dhcp-range=10.1${i}.0.100,10.1${i}.0.150,255.255.255.0,1h`;
  const routes = 'dhcp-option=option:classless-static-route,10.99.0.0/16,10.10.0.1';
  await using dnsmasq = await Dnsmasq.start(server, [range(0), range(1), routes]);
  await node.plug('eth0', 0);
  await node.plug('eth1', 1);
  await node.plug('eth2', 0);
  await using agent = NicAgent.start(node, { hostname: 'n1' });
  const nics = await agent.until(leased(3));
  t.true(
    nics.every(({ engine }) => engine === 'plumpos'),
    'each lease says what got it, and no fallback was needed',
  );
  t.is(new Set(nics.map((nic) => nic.address)).size, 3);
  for (const nic of nics) {
    await kernelHas(node, nic.name, [nic.address]);
    const [set] = await kernelAddresses(node, nic.name);
    t.true(set?.dynamic === true && set.valid_life_time <= 3600, 'the kernel takes it away by itself');
  }
  t.regex(await node.run('ip', ['route']), /10\.99\.0\.0\/16 via 10\.10\.0\.1/);
  t.regex(dnsmasq.log, /client provides name: n1/);
  await agent.stop();
  for (const { address } of nics) await dnsmasq.says(new RegExp(`DHCPRELEASE\\(eth\\d\\) ${address}`));
  for (const { name } of nics) t.deepEqual(await kernelAddresses(node, name), []);
});

test.serial('without a server a NIC has a link-local address; when one comes it gets a lease', async (t) => {
  const { lan, server, node } = await dhcpLan();
  await using _ = lan;
  await node.plug('eth0', 0);
  await using agent = NicAgent.start(node, { faster: FASTER, ...NO_FALLBACK });
  const [alone] = await agent.until((nics) => nics[0]?.state === 'link-local');
  t.regex(alone?.address ?? '', /^169\.254\./);
  t.regex(
    (await agent.event(({ event }) => event === 'nic.no-server')).text ?? '',
    /no DHCP server answers; a link-local/,
  );
  await using _server = await Dnsmasq.start(server, [SHORT]);
  const [nic] = await agent.until(leased(1));
  await kernelHas(node, 'eth0', [nic?.address]);
});

test.serial('of two servers one is chosen, and only its lease is used', async (t) => {
  const { lan, server, node } = await dhcpLan();
  await using _ = lan;
  const other = lan.host('other');
  await other.plug('eth0', 0, '10.10.0.2/24');
  await using first = await Dnsmasq.start(server, [SHORT]);
  await using second = await Dnsmasq.start(other, [OTHER_RANGE]);
  await node.plug('eth0', 0);
  await using agent = NicAgent.start(node);
  const [nic] = await agent.until(leased(1));
  const granting = nic?.server === '10.10.0.1' ? first : second;
  t.regex(granting.log, new RegExp(`DHCPACK\\(eth0\\) ${nic?.address}`));
  await kernelHas(node, 'eth0', [nic?.address]);
});

test.serial('a server that dies: the lease runs out, the address goes; it comes back: a lease again', async (t) => {
  await using room = await leasedNode({ faster: FASTER, ...NO_FALLBACK });
  const { server, node, dnsmasq, agent } = room;
  await dnsmasq.says(/(DHCPACK[\s\S]*){3}/);
  t.false(
    agent.events.some(({ event }) => event === 'nic.lease-lost'),
    'renewals keep the lease',
  );
  await dnsmasq[Symbol.asyncDispose]();
  const lost = await agent.event(({ event }) => event === 'nic.lease-lost');
  t.is(lost.why, 'expired');
  const from = agent.events.length;
  await using _again = await Dnsmasq.start(server, [SHORT]);
  const again = await agent.event(({ event }) => event === 'nic.lease', from);
  await kernelHas(node, 'eth0', [again.address]);
});

test.serial('where the server is gone for good, another one takes the lease over before it ends', async (t) => {
  const { lan, server, node } = await dhcpLan();
  await using _ = lan;
  const other = lan.host('other');
  await other.plug('eth0', 0, '10.10.0.2/24');
  await node.plug('eth0', 0);
  await using first = await Dnsmasq.start(server, [SHORT]);
  await using agent = NicAgent.start(node, { faster: FASTER, ...NO_FALLBACK });
  const [before] = await agent.until(leased(1));
  await first[Symbol.asyncDispose]();
  await using second = await Dnsmasq.start(other, [SHORT]);
  const [after] = await agent.until((nics) => nics[0]?.server === '10.10.0.2');
  t.is(after?.address, before?.address);
  t.false(agent.events.some(({ event }) => event === 'nic.lease-lost'));
  await second.says(new RegExp(`DHCPACK\\(eth0\\) ${before?.address}`));
});

test.serial('a server that says no: the old address goes, one of the new range comes', async (t) => {
  // The other server must be there before the lease is over, on a slow PC too.
  await using room = await leasedNode({ faster: FASTER / 5, ...NO_FALLBACK });
  const { server, node, dnsmasq: before, agent } = room;
  await before[Symbol.asyncDispose]();
  await using _after = await Dnsmasq.start(server, [OTHER_RANGE]);
  await agent.event(({ event }) => event === 'nic.nak');
  const [nic] = await agent.until((nics) => leased(1)(nics) && Number(nics[0]?.address?.split('.')[3]) >= 200);
  await kernelHas(node, 'eth0', [nic?.address]);
  t.pass();
});

test.serial('an address somebody else has is declined, and another one taken', async (t) => {
  const { lan, server, node } = await dhcpLan();
  await using _ = lan;
  const squatter = lan.host('squatter');
  await squatter.plug('eth0', 0, '10.10.0.60/24');
  await node.plug('eth0', 0);
  await node.run('ip', ['link', 'set', 'eth0', 'address', '02:00:00:00:00:60']);
  await using dnsmasq = await Dnsmasq.start(server, [SHORT, 'dhcp-host=02:00:00:00:00:60,10.10.0.60']);
  await using agent = NicAgent.start(node, { faster: FASTER, ...NO_FALLBACK });
  const conflict = await agent.event(({ event }) => event === 'nic.conflict');
  t.is(conflict.address, '10.10.0.60');
  const [nic] = await agent.until(leased(1));
  t.not(nic?.address, '10.10.0.60');
  await dnsmasq.says(/DHCPDECLINE\(eth0\) 10\.10\.0\.60/);
});

test.serial("where our own client hears nobody, busybox's gets the lease, says so, and gives it back", async (t) => {
  const { lan, server, node } = await dhcpLan();
  await using _ = lan;
  await node.plug('eth0', 0);
  // What our socket would get is dropped; busybox's client looks at the card itself, before the filter.
  const nft = (await openTools('vm', { env: process.env, notice: () => {} })).command('nft');
  const filter = (rules: string) => node.run(nft.file, [...nft.args, rules]);
  await filter(
    'add table ip t; add chain ip t i { type filter hook input priority 0; }; add rule ip t i udp dport 68 drop',
  );
  await using dnsmasq = await Dnsmasq.start(server, [SHORT, 'dhcp-option=option:router,10.10.0.1']);
  await using agent = NicAgent.start(node, { faster: FASTER, hostname: 'n1', udhcpc: [await busybox(), 'udhcpc'] });
  await agent.event(({ event }) => event === 'nic.fallback');
  const lease = await agent.event(({ event }) => event === 'nic.lease');
  t.is(lease.engine, 'udhcpc');
  t.regex(lease.text ?? '', /got by busybox's client/);
  const [nic] = await agent.until(leased(1));
  t.like(nic, { engine: 'udhcpc', address: lease.address, server: '10.10.0.1', router: '10.10.0.1' });
  await kernelHas(node, 'eth0', [lease.address]);
  const [set] = await kernelAddresses(node, 'eth0');
  t.true((set?.valid_life_time ?? 9999) <= 120);
  await filter('delete table ip t');
  await agent.stop();
  await dnsmasq.says(new RegExp(`DHCPRELEASE\\(eth0\\) ${lease.address}`));
  t.deepEqual(await kernelAddresses(node, 'eth0'), []);
});
