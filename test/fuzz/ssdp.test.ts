import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { deriveKey } from '#runtime/model/derive-key.ts';
import { MOST_ENDPOINTS, SERVICE } from '#runtime/network/ssdp/announcement.ts';
import { decodeAnnouncement } from '#runtime/network/ssdp/decode.ts';
import { FloodGate } from '#runtime/network/ssdp/flood-gate.ts';
import { ReplayTable } from '#runtime/network/ssdp/replay-table.ts';
import { isSignedWith, sign } from '#runtime/network/ssdp/signature.ts';
import { noCounts, verify } from '#runtime/network/ssdp/verifier.ts';
import { startFuzz } from '../helpers/fuzz.ts';
import { announcementLines, signedMessage } from '../helpers/ssdp-message.ts';

const INPUTS = 150_000;
const key = deriveKey(Buffer.alloc(32, 1), 'plumpos ssdp v1');
const seeds = [
  signedMessage(key),
  signedMessage(
    key,
    announcementLines({ NT: undefined, NTS: undefined, ST: SERVICE, MAN: '"ssdp:discover"', MX: '3' }),
    'M-SEARCH * HTTP/1.1',
  ),
  signedMessage(key, announcementLines({ NT: undefined, NTS: undefined, ST: SERVICE, EXT: '' }), 'HTTP/1.1 200 OK'),
];

test('garbage on port 1900 is never believed and never a crash', (t) => {
  const fuzz = startFuzz();
  t.log(`PLUMPOS_SEED=${fuzz.seed}, ${INPUTS} inputs`);
  const counts = noCounts();
  const gate = new FloodGate({ total: INPUTS, perSender: INPUTS });
  const verifier = { key, ownBootId: 'OWNOWNOWNOW', replays: new ReplayTable(), now: () => 0 };
  for (let i = 0; i < INPUTS; i++) {
    const seed = seeds[i % seeds.length] as Buffer;
    const message = i % 3 === 0 ? fuzz.bytes(fuzz.below(1500)) : fuzz.mutate(seed);
    // A mutation may undo itself; whatever was changed must have broken the signature.
    if (message.equals(seed)) continue;
    if (verify(message, { address: '10.0.0.5', port: fuzz.below(65536) }, verifier, gate, counts) !== undefined)
      return t.fail(`believed: ${message.toString('latin1')}`);
  }
  t.is(counts.accepted, 0);
  t.true(counts.unsigned > 0 && counts.otherKey > 0, JSON.stringify(counts));
});

test('what a member with the right key may send is decoded to what the types promise, or refused', (t) => {
  const fuzz = startFuzz();
  t.log(`PLUMPOS_SEED=${fuzz.seed}, ${INPUTS} inputs`);
  let decoded = 0;
  for (let i = 0; i < INPUTS; i++) {
    const unsigned = (seeds[i % seeds.length] as Buffer).subarray(0, -62);
    const message = sign(Buffer.concat([fuzz.mutate(unsigned), Buffer.from('\r\n\r\n')]), key);
    if (!isSignedWith(message, key)) return t.fail('what was signed is not');
    try {
      const { port, endpoints, name, seq, publicKey, bootId } = decodeAnnouncement(message);
      decoded++;
      const sound =
        port > 0 &&
        port < 65536 &&
        endpoints.length <= MOST_ENDPOINTS &&
        endpoints.every(({ prefix }) => prefix > 0 && prefix <= 32) &&
        Number.isSafeInteger(seq) &&
        name.length > 0 &&
        Buffer.from(publicKey, 'base64').length === 32 &&
        bootId.length === 11;
      if (!sound) return t.fail(message.toString('latin1'));
    } catch (error) {
      if (!(error instanceof PlumpError)) return t.fail(`${error}: ${message.toString('latin1')}`);
    }
  }
  t.true(decoded > INPUTS / 100, `${decoded} decoded`);
});
