import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { ENTRY_FIELDS, type LoadMessage, OFFER } from '#runtime/model/load-message.ts';
import { decodeLoad, encodeLoad, type HandleBook } from '#runtime/network/load/datagram.ts';
import { BalanceRoom, jobFacts } from '../helpers/balance-room.ts';
import { startFuzz } from '../helpers/fuzz.ts';

const INPUTS = 120_000;
const book: HandleBook = {
  idOf: (member) => BigInt(member),
  handleOf: (id) => (id < 4n ? Number(id) : undefined),
};
const entries = Int32Array.from(
  [
    [1, 5, 0, 100, 10_000, 1, 512, 0],
    [2, 5, 900, 300, 10_000, 1, 512, 0],
  ].flat(),
);
const own = entries.subarray(0, ENTRY_FIELDS);
const seeds: readonly Buffer[] = (
  [
    { kind: 'push', entries },
    { kind: 'pull', entries },
    { kind: 'ask', seq: 5, reason: 'load', jobs: 2, weight: 100, memoryMB: 16, mean: 300, entries: own },
    { kind: 'grant', seq: OFFER + 1, jobs: 3, promised: 0, entries: own },
    { kind: 'grant', seq: 1, jobs: 3, promised: 0, entries: own },
    { kind: 'release', seq: 5, jobs: 1, entries: own },
  ] satisfies LoadMessage[]
).map((message) => encodeLoad(message, book));

test('garbage in load datagrams is refused or harmless, never a crash', (t) => {
  const fuzz = startFuzz();
  t.log(`PLUMPOS_SEED=${fuzz.seed}, ${INPUTS} inputs`);
  const room = new BalanceRoom(4);
  for (let id = 0; id < 6; id++) room.at(0).jobs.push(jobFacts(id));
  let taken = 0;
  for (let i = 0; i < INPUTS; i++) {
    const bytes = i % 4 === 0 ? fuzz.bytes(fuzz.below(1300)) : fuzz.mutate(seeds[i % seeds.length] as Buffer);
    try {
      const message = decodeLoad(bytes, 1, book);
      taken++;
      room.at(0).balancer.receive(1, message);
    } catch (error) {
      if (!(error instanceof PlumpError) || error.code !== 'PLUMP_PROTOCOL')
        throw new Error(`seed ${fuzz.seed}, input ${i}: ${bytes.toString('hex')}`, { cause: error });
    }
    if (i % 1000 === 0) room.clock.pass(100);
  }
  room.clock.pass(30_000);
  t.log(`${taken} were taken`);
  t.true(taken > 1000 && taken < INPUTS);
  t.is(
    room.counts().reduce((sum, count) => sum + count, 0),
    6,
    'no job is lost by what others say',
  );
});
