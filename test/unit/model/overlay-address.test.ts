import { isIPv6 } from 'node:net';
import test from 'ava';
import { deriveKey } from '#runtime/model/derive-key.ts';
import { overlayAddress, overlayPrefix } from '#runtime/model/overlay-address.ts';
import { newKeys } from '#runtime/system/wireguard-keys.ts';

test('one secret gives one prefix, and members with it are neighbours', (t) => {
  const secret = Buffer.alloc(32, 7);
  const prefix = overlayPrefix(secret);
  t.regex(prefix, /^fd[0-9a-f]{2}:[0-9a-f]{4}:[0-9a-f]{4}:0$/);
  t.is(overlayPrefix(secret), prefix);
  t.not(overlayPrefix(Buffer.alloc(32, 8)), prefix);
});

test('an address follows from the key alone, in the form the kernel prints', (t) => {
  const key = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCd8=';
  t.is(overlayAddress('fd00:0001:0002:0', key), overlayAddress('fd00:0001:0002:0', key));
  const seen = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const address = overlayAddress('fd01:0203:0405:0', newKeys().publicKey);
    t.true(isIPv6(address) && address.startsWith('fd01:203:405:') && !/:0[0-9a-f]/.test(address), address);
    seen.add(address);
  }
  t.is(seen.size, 1000);
});

test('keys for different purposes have nothing in common', (t) => {
  const secret = Buffer.alloc(32, 7);
  t.notDeepEqual(deriveKey(secret, 'plumpos ssdp v1'), deriveKey(secret, 'plumpos wireguard psk v1'));
  // Held fixed: members of different versions must agree on it.
  t.is(
    deriveKey(secret, 'plumpos ssdp v1').toString('hex'),
    '9f5ae8856c9fb9f737f068709d6b9d2edada0939630e448f6f2e76059a7fcc1b',
  );
});
