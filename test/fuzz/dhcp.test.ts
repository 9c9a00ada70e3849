import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import type { LeaseTerms } from '#runtime/model/dhcp.ts';
import { isHostAddress } from '#runtime/model/ipv4.ts';
import { arpAnnouncement, arpConflict, arpProbe, arpUses } from '#runtime/network/dhcp/arp.ts';
import { decodeReply } from '#runtime/network/dhcp/codec.ts';
import { UdhcpcReader } from '#runtime/network/dhcp/udhcpc-event.ts';
import { dhcpReply, dotted } from '../helpers/dhcp-reply.ts';
import { startFuzz } from '../helpers/fuzz.ts';

const INPUTS = 150_000;
const MAC = '02:00:00:0a:0b:0c';
const base = { xid: 0x12345678, mac: MAC };
const text = (words: string) => [...Buffer.from(words)];

const overloaded = dhcpReply({ ...base, type: 5, options: { 52: [3], 51: undefined } });
overloaded.set([51, 4, 0, 0, 2, 88, 3, 4, 10, 10, 0, 1, 255], 108);
const seeds = [
  dhcpReply({
    ...base,
    type: 2,
    options: {
      3: dotted('10.10.0.254'),
      6: dotted('10.10.0.1'),
      12: text('n1'),
      15: text('example.org'),
      58: [0, 0, 1, 0],
    },
  }),
  dhcpReply({ ...base, type: 5, options: { 26: [5, 220], 42: dotted('10.10.0.3'), 121: [16, 10, 99, 10, 10, 0, 1] } }),
  dhcpReply({ ...base, type: 6, address: '0.0.0.0', options: { 56: text('wrong network') } }),
  overloaded,
];

function isSound(terms: LeaseTerms): boolean {
  const { address, server, prefix, leaseSeconds, t1, t2, routes, dns, ntp, hostname, domain, mtu } = terms;
  const lists = [...dns, ...ntp].every(isHostAddress);
  const names = [hostname ?? 'a', domain ?? 'a'].every((name) => /^[A-Za-z0-9_.-]{1,255}$/.test(name));
  const ways = routes.every(({ to, via }) => /^[\d.]{7,15}\/\d{1,2}$/.test(to) && /^[\d.]{7,15}$/.test(via));
  const times = leaseSeconds >= 10 && t1 > 0 && t1 <= t2 && t2 <= leaseSeconds;
  return (
    isHostAddress(address) &&
    server !== '' &&
    prefix >= 1 &&
    prefix <= 32 &&
    times &&
    lists &&
    names &&
    ways &&
    (mtu ?? 576) >= 576
  );
}

test('garbage on port 68 is refused, or is a grant a NIC can have', (t) => {
  const fuzz = startFuzz();
  t.log(`PLUMPOS_SEED=${fuzz.seed}, ${INPUTS} inputs`);
  let decoded = 0;
  for (let i = 0; i < INPUTS; i++) {
    const seed = seeds[i % seeds.length] as Buffer;
    let input = i % 5 === 0 ? fuzz.bytes(fuzz.below(700)) : fuzz.mutate(seed);
    // Most mutations fall into the empty fields of 1985: the options get some of their own.
    if (i % 2) input = Buffer.concat([seed.subarray(0, 240), fuzz.mutate(seed.subarray(240))]);
    try {
      const reply = decodeReply(input);
      decoded++;
      if (reply.kind !== 'nak' && !isSound(reply.terms))
        return t.fail(`${input.toString('hex')}: ${JSON.stringify(reply)}`);
    } catch (error) {
      if (!(error instanceof PlumpError)) return t.fail(`${error}: ${input.toString('hex')}`);
    }
  }
  t.true(decoded > INPUTS / 100, `${decoded} decoded`);
});

test('ARP packets of any kind are read without a crash, and only a whole one is a conflict', (t) => {
  const fuzz = startFuzz();
  t.log(`PLUMPOS_SEED=${fuzz.seed}, ${INPUTS} inputs`);
  const other = '02:00:00:00:00:99';
  const packets = [arpProbe(other, '10.0.0.7'), arpAnnouncement(other, '10.0.0.7'), arpProbe(MAC, '10.0.0.7')];
  let conflicts = 0;
  for (let i = 0; i < INPUTS; i++) {
    const packet = i % 4 === 0 ? fuzz.bytes(fuzz.below(64)) : fuzz.mutate(packets[i % packets.length] as Buffer);
    const conflict = arpConflict(packet, MAC, '10.0.0.7');
    if (conflict) conflicts++;
    if (conflict && (packet.length < 28 || packet.readUInt16BE(2) !== 0x0800)) return t.fail(packet.toString('hex'));
    if (arpUses(packet, MAC, '10.0.0.7') && !conflict) return t.fail(packet.toString('hex'));
  }
  t.true(conflicts > 0 && conflicts < INPUTS, `${conflicts} conflicts`);
});

test("what busybox's client prints is refused, or is a grant a NIC can have", (t) => {
  const fuzz = startFuzz();
  t.log(`PLUMPOS_SEED=${fuzz.seed}, ${INPUTS} inputs`);
  const event = Buffer.from(
    'plumpos-event=bound\0ip=10.0.0.7\0mask=24\0lease=600\0router=10.0.0.1\0dns=10.0.0.1 10.0.0.2\0serverid=10.0.0.1\0hostname=n1\0plumpos-end\0',
  );
  let leases = 0;
  for (let i = 0; i < INPUTS; i++) {
    const input = fuzz.mutate(event).toString('latin1');
    for (const one of new UdhcpcReader().read(input)) {
      if (one.kind === 'none') continue;
      leases++;
      if (!isSound({ ...one.terms, server: one.terms.server || '-' })) return t.fail(JSON.stringify([input, one]));
    }
  }
  t.true(leases > 0, `${leases} leases`);
});
