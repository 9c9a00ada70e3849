import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import type { Message, Update } from '#runtime/model/gossip-message.ts';
import { decodeDatagram, encodeDatagram } from '#runtime/network/gossip/datagram.ts';
import { startFuzz } from '../helpers/fuzz.ts';
import { MemberRoom, memberEntry } from '../helpers/member-room.ts';

const INPUTS = 120_000;
const overlayOf = (id: string) => `fd00::${id.length}`;

const entry = memberEntry(1);
const seeds: readonly Buffer[] = (
  [
    { kind: 'ping', seq: 9 },
    { kind: 'ping-req', seq: 9, target: entry.id },
    { kind: 'want', ids: [entry.id, memberEntry(2).id] },
    {
      kind: 'sync',
      after: '',
      upto: entry.id,
      digests: [{ id: entry.id, state: 'dead', incarnation: 1, entryIncarnation: 1, version: 1 }],
    },
  ] satisfies Message[]
).map((message) => {
  const updates: Update[] = [
    { id: entry.id, state: 'alive', incarnation: 1, by: '', entry },
    { id: memberEntry(2).id, state: 'suspect', incarnation: 1, by: entry.id },
  ];
  return encodeDatagram(message, '0123456789abcdef', updates).bytes;
});

test('garbage in gossip datagrams is refused or harmless, never a crash', (t) => {
  const fuzz = startFuzz();
  t.log(`PLUMPOS_SEED=${fuzz.seed}, ${INPUTS} inputs`);
  const room = new MemberRoom(1);
  room.fill(2);
  const member = room.at(0).membership;
  let taken = 0;
  for (let i = 0; i < INPUTS; i++) {
    const bytes = i % 4 === 0 ? fuzz.bytes(fuzz.below(1300)) : fuzz.mutate(seeds[i % seeds.length] as Buffer);
    try {
      const decoded = decodeDatagram(bytes, overlayOf);
      taken++;
      if (decoded.kind === 'foreign') member.foreign('fd00::2', decoded.protocol, decoded.image);
      else member.receive(i % 2 ? 'fd00::2' : 'fd00::bad', decoded.message, decoded.updates);
    } catch (error) {
      if (!(error instanceof PlumpError) || error.code !== 'PLUMP_PROTOCOL')
        throw new Error(`seed ${fuzz.seed}, input ${i}: ${bytes.toString('hex')}`, { cause: error });
    }
  }
  room.clock.pass(30_000);
  t.log(`${taken} were taken`);
  t.true(taken > 1000 && taken < INPUTS);
  t.is(member.views()[0]?.state, 'alive');
});
