import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { CPU_FLAGS } from '#runtime/model/cpu-flags.ts';
import { IDS_PER_MESSAGE, type Message, type Update } from '#runtime/model/gossip-message.ts';
import { DATAGRAM_BYTES, decodeDatagram, encodeDatagram } from '#runtime/network/gossip/datagram.ts';
import { memberEntry } from '../../helpers/member-room.ts';

const id = (index: number) => memberEntry(index).id;
const overlayOf = (key: string) => `fd00::${Buffer.from(key, 'base64').toString().trim().split(' ')[1]}`;
const entryOf = (index: number) => ({ ...memberEntry(index), overlay: overlayOf(id(index)) });

const digest = { state: 'suspect', incarnation: 4_000_000_000, entryIncarnation: 2, version: 9 } as const;
const messages: Message[] = [
  { kind: 'ping', seq: 0xffffffff },
  { kind: 'ack', seq: 0 },
  { kind: 'nack', seq: 7 },
  { kind: 'ping-req', seq: 7, target: id(3) },
  { kind: 'gossip' },
  { kind: 'want', ids: [id(1), id(2)] },
  { kind: 'sync', after: '', upto: id(9), digests: [{ id: id(4), ...digest }] },
];
const updates: Update[] = [
  { id: id(1), state: 'alive', incarnation: 3, by: '', entry: entryOf(1) },
  { id: id(2), state: 'suspect', incarnation: 1, by: id(5) },
  { id: id(3), state: 'dead', incarnation: 2, by: id(5), entry: entryOf(3) },
  { id: id(4), state: 'left', incarnation: 2, by: '' },
];

test('every message arrives as it was sent', (t) => {
  for (const message of messages) {
    const { bytes, sent } = encodeDatagram(message, '0123456789abcdef', updates);
    t.is(sent, updates.length, message.kind);
    t.deepEqual(decodeDatagram(bytes, overlayOf), { kind: 'ours', message, updates });
  }
});

test('a datagram is never longer than 1200 bytes, and holds this member beside the longest message', (t) => {
  const widest = entryOf(1);
  const entry = {
    ...widest,
    name: 'n'.repeat(90),
    image: 'i'.repeat(90),
    kernel: 'k'.repeat(90),
    criu: 'c'.repeat(90),
    role: 'half-duplex',
    endpoints: Array.from({ length: 12 }, (_, i) => ({ address: `10.0.0.${i}`, port: 1, prefix: 24 })),
    macs: Array.from({ length: 12 }, () => '52:54:00:12:34:56'),
    cpuFlags: [...CPU_FLAGS],
  };
  const own: Update = { id: entry.id, state: 'alive', incarnation: 1, by: '', entry };
  const digests = Array.from({ length: IDS_PER_MESSAGE }, (_, i) => ({ id: id(i), ...digest }));
  const sync: Message = { kind: 'sync', after: id(1), upto: id(2), digests };
  const { bytes, sent } = encodeDatagram(sync, 'x'.repeat(40), [own, ...updates]);
  t.true(sent >= 1 && bytes.length <= DATAGRAM_BYTES, `${sent} updates, ${bytes.length} bytes`);
  const many = encodeDatagram(
    { kind: 'gossip' },
    '',
    Array.from({ length: 100 }, () => updates[0] as Update),
  );
  t.true(many.sent >= 6 && many.sent < 100 && many.bytes.length <= DATAGRAM_BYTES, `${many.sent} entries`);
});

test('a name nobody should have arrives as one everybody can print', (t) => {
  const entry = { ...entryOf(1), name: 'büro pc\x1b[2J', kernel: '6.1 x' };
  const { bytes } = encodeDatagram({ kind: 'gossip' }, '', [{ ...(updates[0] as Update), entry }]);
  const decoded = decodeDatagram(bytes, overlayOf);
  t.is(decoded.kind === 'ours' && decoded.updates[0]?.entry?.name, 'b-ro-pc--2J');
});

test('an entry cannot claim an overlay address that is not its key’s', (t) => {
  const { bytes } = encodeDatagram({ kind: 'gossip' }, '', [{ ...(updates[0] as Update), entry: entryOf(9) }]);
  const decoded = decodeDatagram(bytes, overlayOf);
  t.is(decoded.kind === 'ours' && decoded.updates[0]?.entry?.overlay, overlayOf(id(1)));
});

test('a member of another protocol is named by it and its image', (t) => {
  const { bytes } = encodeDatagram({ kind: 'gossip' }, 'feedface', []);
  bytes[1] = 42;
  t.deepEqual(decodeDatagram(Buffer.concat([bytes, Buffer.from('whatever comes then')]), overlayOf), {
    kind: 'foreign',
    protocol: 42,
    image: 'feedface',
  });
});

test('what is cut, longer, or out of bounds is refused', (t) => {
  const { bytes } = encodeDatagram({ kind: 'ping', seq: 1 }, 'ab', updates);
  for (let length = 0; length < bytes.length; length++)
    t.throws(() => decodeDatagram(bytes.subarray(0, length), overlayOf), { instanceOf: PlumpError }, `${length}`);
  t.throws(() => decodeDatagram(Buffer.concat([bytes, Buffer.from([0])]), overlayOf), { message: /its end/ });
  t.throws(() => decodeDatagram(Buffer.from('M-SEARCH * HTTP/1.1\r\n'), overlayOf), { message: /magic/ });
});
