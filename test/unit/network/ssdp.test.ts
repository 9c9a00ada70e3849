import test from 'ava';
import { deriveKey } from '#runtime/model/derive-key.ts';
import { SERVICE } from '#runtime/network/ssdp/announcement.ts';
import { decodeAnnouncement } from '#runtime/network/ssdp/decode.ts';
import { FloodGate } from '#runtime/network/ssdp/flood-gate.ts';
import { ReplayTable } from '#runtime/network/ssdp/replay-table.ts';
import { isSignedWith, looksSigned } from '#runtime/network/ssdp/signature.ts';
import { noCounts, type Verifier, verify } from '#runtime/network/ssdp/verifier.ts';
import { announcementLines, SOME_KEY, signedMessage } from '../../helpers/ssdp-message.ts';

const key = deriveKey(Buffer.alloc(32, 1), 'plumpos ssdp v1');
const otherKey = deriveKey(Buffer.alloc(32, 2), 'plumpos ssdp v1');
const neighbour = { address: '10.0.0.5', port: 1900 };

function listener(ownBootId = 'OWNOWNOWNOW') {
  const verifier: Verifier = { key, ownBootId, replays: new ReplayTable(), now: () => 0 };
  const counts = noCounts();
  const gate = new FloodGate();
  return { counts, hear: (message: Buffer, from = neighbour) => verify(message, from, verifier, gate, counts) };
}

test('an announcement comes out as it went in', (t) => {
  const { hear, counts } = listener();
  t.deepEqual(hear(signedMessage(key)), {
    kind: 'alive',
    via: 'multicast',
    protocol: 1,
    publicKey: SOME_KEY,
    port: 51820,
    endpoints: [
      { address: '10.0.0.5', prefix: 24, port: 51820 },
      { address: '10.1.0.7', prefix: 16, port: 51820 },
    ],
    name: 'n1.example',
    image: '0123456789abcdef',
    bootId: 'AAAAAAAAAAA',
    seq: 1,
  });
  t.is(counts.accepted, 1);
});

test('searches, answers and byebyes are told apart', (t) => {
  const bye = announcementLines({ NTS: 'ssdp:byebye', LOCATION: undefined, 'CACHE-CONTROL': undefined });
  t.is(decodeAnnouncement(signedMessage(key, bye)).kind, 'bye');
  const search = { NT: undefined, NTS: undefined, USN: undefined, ST: SERVICE, MAN: '"ssdp:discover"', MX: '3' };
  t.is(decodeAnnouncement(signedMessage(key, announcementLines(search), 'M-SEARCH * HTTP/1.1')).kind, 'search');
  const answer = { NT: undefined, NTS: undefined, ST: SERVICE, EXT: '', DATE: 'Tue, 24 Nov 2026 14:00:00 GMT' };
  t.is(decodeAnnouncement(signedMessage(key, announcementLines(answer), 'HTTP/1.1 200 OK')).kind, 'response');
});

test('one changed byte anywhere breaks the signature, and so does another key', (t) => {
  const message = signedMessage(key);
  t.true(isSignedWith(message, key));
  t.false(isSignedWith(message, otherKey));
  for (let at = 0; at < message.length; at++) {
    const changed = Buffer.from(message);
    changed[at] = (changed[at] ?? 0) ^ 1;
    t.false(isSignedWith(changed, key), `byte ${at}`);
  }
  t.false(looksSigned(Buffer.from('NOTIFY * HTTP/1.1\r\n\r\n')));
  t.false(looksSigned(Buffer.alloc(0)));
});

test('a message is believed once: played back, out of order and our own are dropped', (t) => {
  const { hear, counts } = listener('OWNOWNOWNOW');
  const numbered = (seq: string) => signedMessage(key, announcementLines({ 'X-PLUMP-SEQ': seq }));
  t.truthy(hear(numbered('AAAAAAAAAAA.5')));
  t.falsy(hear(numbered('AAAAAAAAAAA.5')));
  t.falsy(hear(numbered('AAAAAAAAAAA.4')));
  t.truthy(hear(numbered('AAAAAAAAAAA.6')));
  t.truthy(hear(numbered('BBBBBBBBBBB.1')));
  t.falsy(hear(numbered('OWNOWNOWNOW.1')));
  t.deepEqual([counts.accepted, counts.repeated, counts.own], [3, 2, 1]);
});

test('the table of heard counters does not grow without end', (t) => {
  const table = new ReplayTable(100);
  for (let i = 0; i < 1000; i++) table.accept(`boot${i}`, 1);
  t.is(table.size, 100);
  t.false(table.accept('boot999', 1));
});

test('port 0, giants, strangers and other clusters are dropped and counted', (t) => {
  const { hear, counts } = listener();
  t.falsy(hear(signedMessage(key), { address: '10.0.0.5', port: 0 }));
  t.falsy(hear(Buffer.concat([Buffer.alloc(1400, 65), signedMessage(key)])));
  t.falsy(hear(Buffer.from('M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n')));
  t.falsy(hear(signedMessage(otherKey)));
  t.falsy(hear(signedMessage(key, announcementLines({ 'X-PLUMP-PORT': '0' }))));
  t.deepEqual(counts, { ...noCounts(), portZero: 1, tooLong: 1, unsigned: 1, otherKey: 1, malformed: 1 });
});

test('a flood is looked at only up to a limit, and one loud sender does not silence the others', (t) => {
  const gate = new FloodGate({ total: 100, perSender: 10 });
  let loud = 0;
  for (let i = 0; i < 10_000; i++) if (gate.admit('10.0.0.66', i / 20)) loud++;
  t.is(loud, 10);
  t.true(gate.admit('10.0.0.5', 500));
  let all = 0;
  for (let i = 0; i < 10_000; i++) if (gate.admit(`10.0.${i >> 8}.${i & 255}`, 600)) all++;
  t.is(all, 100 - 11);
  t.true(gate.admit('10.0.0.66', 1600));
});

const WRONG: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  'another service': { NT: 'upnp:rootdevice' },
  'a key that is too short': { 'X-PLUMP-KEY': 'AAAA' },
  'a key that 32 bytes cannot give': { 'X-PLUMP-KEY': SOME_KEY.replace('8=', '9=') },
  'a port out of range': { 'X-PLUMP-PORT': '65536' },
  'no port': { 'X-PLUMP-PORT': undefined },
  'an address out of range': { 'X-PLUMP-LAN': '10.0.0.256/24' },
  'an address with leading zeros': { 'X-PLUMP-LAN': '010.0.0.1/24' },
  'a multicast address': { 'X-PLUMP-LAN': '239.1.1.1/24' },
  loopback: { 'X-PLUMP-LAN': '127.0.0.1/8' },
  'a prefix of 33': { 'X-PLUMP-LAN': '10.0.0.1/33' },
  'nine addresses': { 'X-PLUMP-LAN': Array.from({ length: 9 }, (_, i) => `10.0.0.${i}/8`).join(' ') },
  'a name with a space': { 'X-PLUMP-NAME': 'a b' },
  'an empty name': { 'X-PLUMP-NAME': '' },
  'a counter of 0': { 'X-PLUMP-SEQ': 'AAAAAAAAAAA.0' },
  'a counter beyond exact numbers': { 'X-PLUMP-SEQ': `AAAAAAAAAAA.${'9'.repeat(17)}` },
  'a line it does not know': { 'X-PLUMP-ROOT': 'yes' },
  'a control character': { 'X-PLUMP-IMAGE': 'a\u0007' },
  'a name of no form': { NTS: 'ssdp:update' },
};
for (const [what, changes] of Object.entries(WRONG)) {
  test(`signed but refused: ${what}`, (t) => {
    t.throws(() => decodeAnnouncement(signedMessage(key, announcementLines(changes))), { code: 'PLUMP_PROTOCOL' });
  });
}

test('a line that is there twice is refused', (t) => {
  const twice = [...announcementLines(), ['X-PLUMP-NAME', 'n2'] as const];
  t.throws(() => decodeAnnouncement(signedMessage(key, twice)), { message: /twice/ });
});

test('a member with a later protocol is still recognised by what we understand of it', (t) => {
  const later = announcementLines({ 'X-PLUMP-PROTOCOL': '2', 'X-PLUMP-COLOUR': 'blue' });
  t.is(decodeAnnouncement(signedMessage(key, later)).protocol, 2);
});
