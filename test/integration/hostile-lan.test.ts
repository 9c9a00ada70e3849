import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { dhcpLan, FASTER, kernelHas, leased, NO_FALLBACK, SHORT } from '../helpers/dhcp-lan.ts';
import { dhcpReply } from '../helpers/dhcp-reply.ts';
import { Dnsmasq } from '../helpers/dnsmasq.ts';
import type { LanHost } from '../helpers/lan.ts';
import { NicAgent } from '../helpers/nic-agent.ts';

/** A UDP socket of another machine on the LAN. */
function socketOf(host: LanHost, port: number): Socket {
  return host.namespace.run(() => {
    const socket = createSocket('udp4');
    socket.bindSync({ port });
    socket.setBroadcast(true);
    return socket;
  });
}

async function sendTo(socket: Socket, port: number, bytes: Buffer, address = '10.10.0.255'): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.send(bytes, port, address, () => resolve());
  });
}

/** Garbage of every kind: noise, noise behind a right header, a right message cut or for somebody else. */
function garbage(i: number): Buffer {
  const noise = randomBytes(1 + ((i * 7) % 700));
  if (i % 4 === 0 || noise.length < 300) return noise;
  noise.writeUInt32BE(0x63825363, 236);
  noise[0] = 2;
  const reply = dhcpReply({ xid: noise.readUInt32BE(4), mac: '02:00:00:00:00:99', type: 2 + (i % 5) });
  return i % 4 === 1 ? noise : i % 4 === 2 ? reply : reply.subarray(0, 200 + (i % 60));
}

test.serial(
  'a liar answers every DISCOVER with garbage and absurd grants: none is used, the real lease is',
  async (t) => {
    const { lan, server, node } = await dhcpLan();
    await using _ = lan;
    await node.plug('eth0', 0);
    const host = lan.host('liar');
    await host.plug('eth0', 0, '10.10.0.66/24');
    const liar = socketOf(host, 67);
    let asked = 0;
    liar.on('message', (question) => {
      asked++;
      const xid = question.readUInt32BE(4);
      const mac = question
        .subarray(28, 34)
        .toString('hex')
        .replace(/..(?!$)/g, '$&:');
      const real = { xid, mac, type: 2, server: '10.10.0.66', address: '10.10.0.77' } as const;
      const lies = [
        dhcpReply({ ...real, address: '0.0.0.0' }),
        dhcpReply({ ...real, address: '127.0.0.1' }),
        dhcpReply({ ...real, address: '255.255.255.255' }),
        dhcpReply({ ...real, mask: '255.0.255.0' }),
        dhcpReply({ ...real, mask: '0.0.0.0' }),
        dhcpReply({ ...real, leaseSeconds: 0 }),
        dhcpReply({ ...real, options: { 54: undefined } }),
        dhcpReply({ ...real, xid: (xid ^ 1) >>> 0 }),
        dhcpReply({ ...real, mac: '02:00:00:00:00:99' }),
        dhcpReply({ ...real, type: 5 }),
        dhcpReply({ ...real, type: 6 }),
        dhcpReply({ ...real, op: 1 }),
        dhcpReply({ ...real, cookie: 0 }),
        ...Array.from({ length: 50 }, (__, i) => garbage(i)),
      ];
      for (const lie of lies) void sendTo(liar, 68, lie);
    });
    await using agent = NicAgent.start(node, { faster: FASTER, ...NO_FALLBACK });
    while (asked < 4) await once(liar, 'message');
    t.false(agent.nics.some(({ address }) => address?.startsWith('10.')));
    await using _server = await Dnsmasq.start(server, [SHORT]);
    const [nic] = await agent.until(leased(1));
    t.is(nic?.server, '10.10.0.1');
    await kernelHas(node, 'eth0', [nic?.address]);
    liar.close();
  },
);

test.serial('a flood on ports 67 and 68: the lease stays, and a card that comes meanwhile gets one', async (t) => {
  const { lan, server, node } = await dhcpLan();
  await using _ = lan;
  await node.plug('eth0', 0);
  const host = lan.host('flooder');
  await host.plug('eth0', 0, '10.10.0.66/24');
  await using _dnsmasq = await Dnsmasq.start(server, [SHORT]);
  await using agent = NicAgent.start(node, NO_FALLBACK);
  const [before] = await agent.until(leased(1));
  const socket = socketOf(host, 67);
  const nak = (xid: number) => dhcpReply({ xid, mac: before?.mac ?? '', type: 6, address: '0.0.0.0' });
  let flooding = true;
  const flood = (async () => {
    for (let i = 0; flooding; i++) {
      await sendTo(socket, i % 8 ? 68 : 67, i % 5 ? garbage(i) : nak(i));
      if (i % 20 === 0) await wait(1);
    }
  })();
  const from = agent.events.length;
  await node.plug('eth1', 0);
  await agent.event(({ event, nic }) => event === 'nic.lease' && nic === 'eth1', from);
  flooding = false;
  await flood;
  socket.close();
  t.false(agent.events.some(({ event }) => event === 'nic.nak' || event === 'nic.lease-lost'));
  await kernelHas(node, 'eth0', [before?.address]);
});

test.serial('one claim of our address is answered and changes nothing; who goes on claiming it gets it', async (t) => {
  const { lan, server, node } = await dhcpLan();
  await using _ = lan;
  await node.plug('eth0', 0);
  await using dnsmasq = await Dnsmasq.start(server, [SHORT]);
  await using agent = NicAgent.start(node, { faster: FASTER, ...NO_FALLBACK });
  const [before] = await agent.until(leased(1));
  const squatter = lan.host('squatter');
  await squatter.plug('eth0', 0, `${before?.address}/24`);
  // Asking for somebody's MAC says first whose the own address is.
  const socket = socketOf(squatter, 9);
  let next = 160;
  const claim = () => sendTo(socket, 9, Buffer.from('?'), `10.10.0.${next++}`);
  await claim();
  await dnsmasq.says(/(DHCPACK[\s\S]*){3}/);
  t.false(
    agent.events.some(({ event }) => event === 'nic.conflict'),
    'defended',
  );
  const conflict = agent.event(({ event }) => event === 'nic.conflict');
  let lost = false;
  const claiming = (async () => {
    for (; !lost; await wait(100)) await claim();
  })();
  t.is((await conflict).address, before?.address);
  lost = true;
  await claiming;
  socket.close();
  await dnsmasq.says(new RegExp(`DHCPDECLINE\\(eth0\\) ${before?.address}`));
  const [after] = await agent.until((nics) => leased(1)(nics) && nics[0]?.address !== before?.address);
  await kernelHas(node, 'eth0', [after?.address]);
});
