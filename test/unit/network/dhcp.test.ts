import test from 'ava';
import type { DhcpReply } from '#runtime/model/dhcp.ts';
import { arpAnnouncement, arpConflict, arpProbe, arpUses } from '#runtime/network/dhcp/arp.ts';
import { decodeReply, encodeRequest } from '#runtime/network/dhcp/codec.ts';
import { broadcastPacket } from '#runtime/network/dhcp/udp-frame.ts';
import { UdhcpcReader } from '#runtime/network/dhcp/udhcpc-event.ts';
import { dhcpReply, dotted, type ReplyFields } from '../../helpers/dhcp-reply.ts';

const MAC = '02:00:00:0a:0b:0c';
const BASE = { xid: 0x12345678, mac: MAC, type: 2 } as const;

function terms(fields: Partial<ReplyFields> = {}) {
  const reply = decodeReply(dhcpReply({ ...BASE, ...fields }));
  if (reply.kind === 'nak') throw new Error('a NAK');
  return reply.terms;
}

/** Options of a request, by code. */
function optionsOf(message: Buffer): Map<number, number[]> {
  const options = new Map<number, number[]>();
  for (let at = 240; message[at] !== 255; ) {
    const length = message[at + 1] ?? 0;
    options.set(message[at] ?? 0, [...message.subarray(at + 2, at + 2 + length)]);
    at += 2 + length;
  }
  return options;
}

test('a discover is what RFC 2131 wants: broadcast flag, our MAC, identifier, 300 bytes', (t) => {
  const message = encodeRequest({ kind: 'discover', xid: BASE.xid, secs: 3, mac: MAC, hostname: 'n1' });
  t.true(message.length >= 300);
  t.deepEqual([...message.subarray(0, 12)], [1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 3, 0x80, 0]);
  t.deepEqual([...message.subarray(28, 34)], [2, 0, 0, 10, 11, 12]);
  t.is(message.readUInt32BE(236), 0x63825363);
  const options = optionsOf(message);
  t.deepEqual(options.get(53), [1]);
  t.deepEqual(options.get(61), [1, 2, 0, 0, 10, 11, 12]);
  t.is(Buffer.from(options.get(12) ?? []).toString(), 'n1');
  t.false(options.has(50));
  for (const wanted of [1, 3, 51, 54, 58, 59, 121]) t.true(options.get(55)?.includes(wanted));
});

test('renewing says the own address in ciaddr and nowhere else; decline and release ask for nothing', (t) => {
  const common = { xid: 1, secs: 0, mac: MAC } as const;
  const renew = encodeRequest({ ...common, kind: 'request', ciaddr: '10.0.0.7' });
  t.deepEqual([...renew.subarray(10, 16)], [0, 0, 10, 0, 0, 7]);
  t.false(optionsOf(renew).has(50) || optionsOf(renew).has(54));
  const decline = optionsOf(encodeRequest({ ...common, kind: 'decline', requested: '10.0.0.7', server: '10.0.0.1' }));
  t.deepEqual(
    [...decline.keys()].toSorted((a, b) => a - b),
    [50, 53, 54, 61],
  );
  const release = encodeRequest({ ...common, kind: 'release', ciaddr: '10.0.0.7', server: '10.0.0.1' });
  t.deepEqual(optionsOf(release).get(54), [10, 0, 0, 1]);
});

test('an offer is read with all that counts', (t) => {
  const read = terms({
    options: {
      3: dotted('10.10.0.254'),
      6: [...dotted('10.10.0.1'), ...dotted('9.9.9.9'), ...dotted('0.0.0.0')],
      12: [...Buffer.from('Node-7.example.org\0')],
      15: [...Buffer.from('example.org')],
      26: [5, 220],
      42: dotted('10.10.0.3'),
      58: [0, 0, 1, 0],
      59: [0, 0, 2, 0],
    },
  });
  t.deepEqual(read, {
    address: '10.10.0.77',
    prefix: 24,
    server: '10.10.0.1',
    leaseSeconds: 3600,
    t1: 256,
    t2: 512,
    routes: [{ to: '0.0.0.0/0', via: '10.10.0.254' }],
    dns: ['10.10.0.1', '9.9.9.9'],
    ntp: ['10.10.0.3'],
    domain: 'example.org',
    hostname: 'node-7',
    mtu: 1500,
  });
});

test('defaults of the RFCs: T1 a half, T2 seven eighths, the class mask, no end', (t) => {
  t.like(terms(), { t1: 1800, t2: 3150 });
  t.like(terms({ options: { 58: [0, 0, 14, 0], 59: [0, 0, 1, 0] } }), { t2: 256, t1: 192 });
  t.is(terms({ options: { 1: undefined }, address: '172.20.0.4' }).prefix, 16);
  t.is(terms({ mask: '255.255.255.255' }).prefix, 32);
  t.like(terms({ leaseSeconds: 0xffffffff }), { leaseSeconds: Number.POSITIVE_INFINITY, t1: Number.POSITIVE_INFINITY });
});

test('classless routes win over the router option', (t) => {
  const routes = terms({
    options: {
      3: dotted('10.10.0.254'),
      121: [16, 10, 99, 10, 10, 0, 1, 0, 10, 10, 0, 2, 24, 192, 168, 9, 0, 0, 0, 0],
    },
  }).routes;
  t.deepEqual(routes, [
    { to: '10.99.0.0/16', via: '10.10.0.1' },
    { to: '0.0.0.0/0', via: '10.10.0.2' },
    { to: '192.168.9.0/24', via: '0.0.0.0' },
  ]);
});

test('options may lie in file and sname, be cut in two, and be padded', (t) => {
  const plain = dhcpReply({ ...BASE, options: { 52: [3], 51: undefined, 3: undefined } });
  // file: router in two parts around a pad; sname: the lease time.
  plain.set([3, 2, 10, 10, 0, 3, 2, 0, 254, 255], 108);
  plain.set([51, 4, 0, 0, 2, 88, 255], 44);
  const reply = decodeReply(plain);
  t.like(reply.kind === 'nak' ? undefined : reply.terms, {
    leaseSeconds: 600,
    routes: [{ to: '0.0.0.0/0', via: '10.10.0.254' }],
  });
});

test('a NAK is read with its reason, and control characters in it are not', (t) => {
  const nak = (message: string): DhcpReply =>
    decodeReply(dhcpReply({ ...BASE, type: 6, address: '0.0.0.0', options: { 56: [...Buffer.from(message)] } }));
  t.like(nak('wrong network'), { kind: 'nak', server: '10.10.0.1', reason: 'wrong network' });
  t.like(nak('\u001b[2J'), { reason: '' });
});

for (const [what, fields] of Object.entries({
  'a request': { op: 1 },
  'no cookie': { cookie: 0x63825362 },
  'no message type': { options: { 53: undefined } },
  'a type of a client': { type: 1 },
  'no server': { options: { 54: undefined } },
  'no lease time': { options: { 51: undefined } },
  'a lease of nine seconds': { leaseSeconds: 9 },
  'a mask with a hole': { mask: '255.0.255.0' },
  'an empty mask': { mask: '0.0.0.0' },
  'a mask of three bytes': { options: { 1: [255, 255, 255] } },
  'the address of nobody': { address: '0.0.0.0' },
  loopback: { address: '127.0.0.2' },
  multicast: { address: '224.0.0.251' },
  broadcast: { address: '255.255.255.255' },
  'a route cut short': { options: { 121: [24, 10, 0] } },
  'a route wider than 32 bits': { options: { 121: [33, 10, 0, 0, 0, 0, 10, 0, 0, 1] } },
} satisfies Record<string, Partial<ReplyFields>>))
  test(`refused: ${what}`, (t) => {
    t.throws(() => decodeReply(dhcpReply({ ...BASE, ...fields })), { code: 'PLUMP_PROTOCOL' });
  });

test('a message cut anywhere is refused, or says what the whole one says', (t) => {
  const whole = dhcpReply({ ...BASE, options: { 3: dotted('10.10.0.254') } });
  for (let length = 0; length < whole.length - 1; length++) {
    try {
      decodeReply(whole.subarray(0, length));
    } catch (error) {
      t.is((error as { code?: string }).code, 'PLUMP_PROTOCOL');
    }
  }
});

test('the raw packet has the checksums of the RFCs', (t) => {
  const packet = broadcastPacket(Buffer.from([1, 2, 3]));
  const sum = (bytes: Buffer) => {
    let total = 0;
    for (let i = 0; i < bytes.length; i += 2) total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
    while (total >>> 16) total = (total & 0xffff) + (total >>> 16);
    return total;
  };
  t.is(sum(packet.subarray(0, 20)), 0xffff);
  const udp = packet.subarray(20);
  t.is(sum(Buffer.concat([packet.subarray(12, 20), Buffer.from([0, 17, 0, udp.length]), udp])), 0xffff);
  t.deepEqual([...packet.subarray(12, 24)], [0, 0, 0, 0, 255, 255, 255, 255, 0, 68, 0, 67]);
});

test('ARP: who has the address, who is about to take it, and who merely asks', (t) => {
  const other = '02:00:00:00:00:99';
  const conflict = (packet: Buffer) => arpConflict(packet, MAC, '10.0.0.7');
  t.true(conflict(arpAnnouncement(other, '10.0.0.7')));
  t.true(conflict(arpProbe(other, '10.0.0.7')), 'two that probe at once');
  t.false(conflict(arpProbe(MAC, '10.0.0.7')), 'our own');
  t.false(conflict(arpAnnouncement(MAC, '10.0.0.7')));
  t.false(conflict(arpAnnouncement(other, '10.0.0.8')));
  t.false(conflict(arpProbe(other, '10.0.0.8')));
  t.true(arpUses(arpAnnouncement(other, '10.0.0.7'), MAC, '10.0.0.7'));
  t.false(arpUses(arpProbe(other, '10.0.0.7'), MAC, '10.0.0.7'), 'a probe for it is answered by the kernel, no claim');
  t.false(conflict(arpAnnouncement(other, '10.0.0.7').subarray(0, 27)));
});

test("what busybox's client tells its script is read, in pieces too; what it cannot mean is left out", (t) => {
  const reader = new UdhcpcReader();
  const event = (name: string, env: Record<string, string>) =>
    [`plumpos-event=${name}`, ...Object.entries(env).map(([key, value]) => `${key}=${value}`), 'plumpos-end\0'].join(
      '\0',
    );
  const env = {
    ip: '10.0.0.7',
    mask: '24',
    lease: '600',
    router: '10.0.0.3 x',
    staticroutes: '10.9.0.0/16 10.0.0.1 0.0.0.0/0 10.0.0.2 x/9 y',
    serverid: '10.0.0.1',
    hostname: 'A.b',
  };
  const text =
    event('deconfig', { PATH: '/bin' }) + event('bound', env) + event('renew', { ...env, ip: '10.0.0.7; reboot' });
  const events = text.split('').flatMap((letter) => reader.read(letter));
  t.deepEqual(events, [
    { kind: 'none' },
    {
      kind: 'lease',
      terms: {
        address: '10.0.0.7',
        prefix: 24,
        server: '10.0.0.1',
        leaseSeconds: 600,
        t1: 300,
        t2: 525,
        routes: [
          { to: '10.9.0.0/16', via: '10.0.0.1' },
          { to: '0.0.0.0/0', via: '10.0.0.2' },
        ],
        dns: [],
        ntp: [],
        hostname: 'a',
      },
    },
  ]);
});
