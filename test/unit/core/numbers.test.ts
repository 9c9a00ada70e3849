import test from 'ava';
import { claimNumber, NO_NUMBER, numberFor } from '#runtime/core/membership/numbers.ts';
import { partOf, soughtThrough } from '#runtime/core/sought-peers.ts';
import { memberEntry } from '../../helpers/member-room.ts';

const NO_MAP = new Map<string, number>();

test('a number is the low half of the first address, and stays whatever becomes of the address', (t) => {
  const first = claimNumber(NO_NUMBER, ['192.168.10.220', '10.0.0.7'], NO_MAP);
  t.deepEqual(first, { number: 0x0adc, by: 'address' });
  t.is(claimNumber(first, ['192.168.10.9'], NO_MAP), first);
  t.is(claimNumber(first, [], NO_MAP), first);
  t.is(claimNumber(NO_NUMBER, [], NO_MAP), NO_NUMBER);
});

test('the number of a link-local address gives way to that of the first lease', (t) => {
  const alone = claimNumber(NO_NUMBER, ['169.254.3.4'], NO_MAP);
  t.deepEqual(alone, { number: 0x0304, by: 'link-local' });
  t.is(claimNumber(alone, ['169.254.9.9'], NO_MAP), alone);
  t.deepEqual(claimNumber(alone, ['169.254.3.4', '10.0.1.2'], NO_MAP), { number: 0x0102, by: 'address' });
});

test('a map gives the number of any of our addresses, and leaves it when it is taken back', (t) => {
  const map = new Map([['10.0.0.7', 4]]);
  const before = claimNumber(NO_NUMBER, ['192.168.1.1'], NO_MAP);
  const mapped = claimNumber(before, ['192.168.1.1', '10.0.0.7'], map);
  t.deepEqual(mapped, { number: 4, by: 'map' });
  t.is(claimNumber(mapped, [], map), mapped, 'a cable that is out for a moment changes nothing');
  t.deepEqual(claimNumber(mapped, ['192.168.1.1'], map), { number: 0x0101, by: 'address' });
});

test('of two with one number the older boot keeps it; a map keeps it against both', (t) => {
  const older = memberEntry(1, { number: 7, booted: 100 });
  const younger = memberEntry(2, { number: 7, booted: 200 });
  t.is(numberFor(older, [younger]), 7);
  t.is(numberFor(younger, [older, memberEntry(3, { number: 8 })]), 9);
  const mapped = { ...younger, mapped: true };
  t.is(numberFor(mapped, [older]), 7);
  t.is(numberFor(older, [mapped]), 8);
  t.is(numberFor({ ...younger, number: 0 }, [older]), 0);
  t.is(numberFor({ ...younger, number: 0xffff }, [{ ...older, number: 0xffff }]), 1, 'after the last comes the first');
});

test('a listed peer is told through the card on its segment, else through the one with a router, once', (t) => {
  const nics = [
    { name: 'eth0', address: '10.0.0.7', prefix: 24 },
    { name: 'eth1', address: '10.1.0.7', prefix: 24, router: '10.1.0.1' },
  ];
  const listed = ['10.0.0.9', '10.1.0.9', '192.168.9.9'];
  t.deepEqual(soughtThrough('eth0', listed, nics), ['10.0.0.9']);
  t.deepEqual(soughtThrough('eth1', listed, nics), ['10.1.0.9', '192.168.9.9']);
  t.deepEqual(soughtThrough('eth0', listed, nics.slice(0, 1)), ['10.0.0.9', '10.1.0.9', '192.168.9.9']);
});

test('a long list is told in turns, all of it', (t) => {
  const listed = Array.from({ length: 150 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  t.deepEqual(
    [0, 1, 2].flatMap((turn) => partOf(listed, turn)),
    listed,
  );
  t.deepEqual(partOf(listed, 3), partOf(listed, 0));
  t.deepEqual(partOf([], 5), []);
});
