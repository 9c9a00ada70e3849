import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { dhcpLan, FASTER, kernelHas, leased, leasedNode, NO_FALLBACK, SHORT } from '../helpers/dhcp-lan.ts';
import { Dnsmasq } from '../helpers/dnsmasq.ts';
import { NicAgent } from '../helpers/nic-agent.ts';

test.serial(
  'a cable pulled out takes the address with it; plugged in again, the same address comes back',
  async (t) => {
    await using room = await leasedNode();
    const { lan, node, dnsmasq, agent, first } = room;
    await kernelHas(node, 'eth0', [first?.address]);
    await lan.switch('link set p2 down');
    await agent.event(({ event }) => event === 'nic.link-down');
    await kernelHas(node, 'eth0', []);
    const discovers = dnsmasq.log.match(/DHCPDISCOVER/g)?.length;
    const from = agent.events.length;
    await lan.switch('link set p2 up');
    const again = await agent.event(({ event }) => event === 'nic.lease', from);
    t.is(again.address, first?.address);
    t.is(dnsmasq.log.match(/DHCPDISCOVER/g)?.length, discovers, 'asked for by INIT-REBOOT');
  },
);

test.serial('a NIC without cable and one without server hold up no other', async (t) => {
  const { lan, server, node } = await dhcpLan(2);
  await using _ = lan;
  await using _dnsmasq = await Dnsmasq.start(server, [SHORT]);
  for (const [nic, segment] of [
    ['eth0', 0],
    ['eth1', 1],
    ['eth2', 0],
  ] as const)
    await node.plug(nic, segment);
  // server: p1, p2; node: p3 (cable out), p4 (nobody serves there), p5
  await lan.switch('link set p3 down');
  await using agent = NicAgent.start(node, NO_FALLBACK);
  const [unplugged, unserved, served] = await agent.until(leased(1));
  t.like(unplugged, { name: 'eth0', carrier: false, state: 'no-link' });
  t.like(unserved, { name: 'eth1', carrier: true });
  t.like(served, { name: 'eth2', state: 'BOUND' });
});

test.serial('an agent that died and is started again keeps the address, without a gap', async (t) => {
  await using room = await leasedNode();
  const { node, dnsmasq, agent, first } = room;
  await kernelHas(node, 'eth0', [first?.address]);
  await agent.kill();
  const watcher = node.namespace.run(() => spawn('ip', ['-o', 'monitor', 'address']));
  let changes = '';
  watcher.stdout.on('data', (text: Buffer) => (changes += text.toString()));
  await using again = NicAgent.start(node);
  const [second] = await again.until(leased(1));
  t.is(second?.address, first?.address);
  while (!changes.includes('10.10.0.')) await once(watcher.stdout, 'data');
  t.notRegex(changes, /Deleted/);
  watcher.kill();
  t.is(dnsmasq.log.match(/DHCPDISCOVER/g)?.length, 1);
});

test.serial('a NIC that comes later gets a lease; fixed addresses need no server; bad ones are told', async (t) => {
  const { lan, server, node } = await dhcpLan(2);
  await using _ = lan;
  await using _dnsmasq = await Dnsmasq.start(server, [SHORT]);
  await node.plug('eth1', 1);
  const addresses = ['eth1:10.11.0.7/24:10.11.0.1', 'eth2:nonsense', 'eth9:10.12.0.1/24'];
  await using agent = NicAgent.start(node, { addresses });
  const [fixed] = await agent.until((nics) => nics[0]?.state === 'static' && nics[0].address !== undefined);
  t.like(fixed, { address: '10.11.0.7', prefix: 24, router: '10.11.0.1' });
  const told = agent.events.findLast(({ checks }) => checks)?.checks?.map(({ text }) => text);
  t.deepEqual(told, ["'nonsense' is no address", 'an address is set for eth9, which is not there']);
  await node.plug('eth0', 0);
  await agent.until(leased(1));
  await kernelHas(node, 'eth1', ['10.11.0.7']);
  t.regex(await node.run('ip', ['route']), /default via 10\.11\.0\.1 dev eth1/);
  await node.unplug('eth0');
  const left = await agent.until((nics) => nics.length === 1);
  t.is(left[0]?.name, 'eth1');
});

test.serial('an address typed at the node takes the place of the lease, which is given back, and stays', async (t) => {
  await using room = await leasedNode();
  const { node, dnsmasq, agent, first: before } = room;
  agent.setAddress('eth0', '10.10.0.9/24', '10.10.0.1');
  await agent.until((nics) => nics[0]?.address === '10.10.0.9');
  await kernelHas(node, 'eth0', ['10.10.0.9']);
  await dnsmasq.says(new RegExp(`DHCPRELEASE\\(eth0\\) ${before?.address}`));
  agent.setAddress('eth7', '10.10.0.9/24');
  t.regex((await agent.event(({ event }) => event === 'refused')).text ?? '', /there is no network card 'eth7'/);
  await agent.kill();
  await using again = NicAgent.start(node, {}, agent.folder);
  const [kept] = await again.until((nics) => nics[0]?.address !== undefined);
  t.like(kept, { state: 'static', address: '10.10.0.9' });
});

test.serial('a fixed address another machine has is not taken until it is free', async (t) => {
  const { lan, node } = await dhcpLan();
  await using _ = lan;
  const squatter = lan.host('squatter');
  await squatter.plug('eth0', 0, '10.10.0.7/24');
  await node.plug('eth0', 0);
  await using agent = NicAgent.start(node, { faster: FASTER, addresses: ['eth0:10.10.0.7/24'] });
  const conflict = await agent.event(({ event }) => event === 'nic.conflict');
  t.regex(conflict.text ?? '', /somebody else uses 10\.10\.0\.7; waiting until it is free/);
  await agent.until((nics) => nics[0]?.state === 'conflict' && nics[0].address === undefined);
  await squatter.unplug('eth0');
  await agent.until((nics) => nics[0]?.state === 'static' && nics[0].address === '10.10.0.7');
  await kernelHas(node, 'eth0', ['10.10.0.7']);
});

test.serial('with plumpos.nodhcp no server is asked, and nothing is sent', async (t) => {
  const { lan, server, node } = await dhcpLan();
  await using _ = lan;
  await node.plug('eth0', 0);
  await node.plug('eth1', 0);
  await using dnsmasq = await Dnsmasq.start(server, [SHORT]);
  await using agent = NicAgent.start(node, { faster: FASTER, noDhcp: true, addresses: ['eth1:10.10.0.7/24'] });
  const nics = await agent.until((list) => list[1]?.address !== undefined && list[0]?.carrier === true);
  t.deepEqual(
    nics.map(({ state }) => state),
    ['off', 'static'],
  );
  t.notRegex(dnsmasq.log, /DHCPDISCOVER/);
});

test.serial(
  'name, name servers and domain come from the server; a node nobody names has its first MAC’s name',
  async (t) => {
    const { lan, server, node } = await dhcpLan();
    await using _ = lan;
    await node.plug('eth0', 0);
    await node.plug('eth1', 0);
    for (const nic of ['eth0', 'eth1'])
      await node.run('ip', ['link', 'set', nic, 'address', `02:00:00:00:00:a${nic.at(-1)}`]);
    const options = ['dhcp-option=option:dns-server,10.10.0.1,10.10.0.2', 'dhcp-option=option:domain-name,example.org'];
    await using before = await Dnsmasq.start(server, [SHORT, ...options]);
    await using agent = NicAgent.start(node);
    const files = { resolver: path.join(agent.folder, 'resolv.conf'), hostname: path.join(agent.folder, 'hostname') };
    const read = (file: string) => readFileSync(file, 'utf8');
    await agent.until(leased(2));
    await agent.stop();
    t.regex(before.log, /client provides name: plump-0000a0/);
    t.notRegex(before.log, /client provides name: plump-0000a1/);
    await before[Symbol.asyncDispose]();

    writeFileSync(files.hostname, '');
    const named = 'dhcp-host=02:00:00:00:00:a1,render-7';
    await using _after = await Dnsmasq.start(server, [SHORT, ...options, named]);
    await using again = NicAgent.start(node, { files });
    await again.until(leased(2));
    t.is(read(files.hostname), 'render-7');
    t.is(read(files.resolver), 'search example.org\nnameserver 10.10.0.1\nnameserver 10.10.0.2\n');
  },
);
