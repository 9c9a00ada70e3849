import test from 'ava';
import { ENTRY_FIELDS, type LoadMessage, messageBytes, OFFER } from '#runtime/model/load-message.ts';
import { decodeLoad, encodeLoad, type HandleBook } from '#runtime/network/load/datagram.ts';

const book: HandleBook = {
  idOf: (member) => BigInt(member) + 0xfeed_0000_0000_0000n,
  handleOf: (id) => (id >= 0xfeed_0000_0000_0000n ? Number(id - 0xfeed_0000_0000_0000n) : undefined),
};
const entries = Int32Array.from(
  [
    [3, 77, 0, 400, 10_000, 2, 512, 0],
    [9, 80, 1250, 12_345_678, 65_535, 64, 0, 3],
  ].flat(),
);
const own = entries.subarray(0, ENTRY_FIELDS);
const MESSAGES: readonly LoadMessage[] = [
  { kind: 'push', entries },
  { kind: 'pull', entries },
  { kind: 'ask', seq: 5, reason: 'memory', jobs: 7, weight: 150, memoryMB: 300, mean: 420, entries: own },
  { kind: 'grant', seq: OFFER + 9, jobs: 3, promised: 700, entries: own },
  { kind: 'release', seq: 5, jobs: 1, entries: own },
];

for (const message of MESSAGES)
  test(`a ${message.kind} arrives as it was sent, and costs what the balancer reckons`, (t) => {
    const bytes = encodeLoad(message, book);
    t.deepEqual(decodeLoad(bytes, 3, book), message);
    t.is(bytes.length + 48, messageBytes(message));
  });

test('who speaks for another one is refused', (t) => {
  const error = t.throws(() => decodeLoad(encodeLoad({ kind: 'push', entries }, book), 9, book));
  t.regex(error?.message ?? '', /first entry: not its sender/);
});

test('entries of members that were never heard of are left out, the rest is read', (t) => {
  const strangers: HandleBook = {
    ...book,
    handleOf: (id) => (book.handleOf(id) === 9 ? undefined : book.handleOf(id)),
  };
  const { entries: read } = decodeLoad(encodeLoad({ kind: 'push', entries }, book), 3, strangers);
  t.deepEqual(read, own);
});

test('what is out of bounds is refused by name', (t) => {
  const good = encodeLoad(MESSAGES[2] as LoadMessage, book);
  const change = (at: number, value: number) => {
    const bytes = Buffer.from(good);
    bytes[at] = value;
    return () => decodeLoad(bytes, 3, book);
  };
  t.throws(change(0, 0), { message: /magic/ });
  t.throws(change(1, 99), { message: /protocol/ });
  t.throws(change(2, 5), { message: /kind/ });
  t.throws(change(3, 2), { message: /length/ });
  t.throws(change(8, 9), { message: /reason/ });
  t.throws(change(10, 0), { message: /nothing/ });
  t.throws(change(good.length - 1, 4), { message: /flags/ });
  t.throws(() => decodeLoad(Buffer.concat([good, Buffer.alloc(1)]), 3, book), { message: /length/ });
  t.throws(() => decodeLoad(Buffer.alloc(0), 3, book), { message: /magic/ });
});
