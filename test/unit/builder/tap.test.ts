import test from 'ava';
import { TapReader, type TapResult } from '#builder/formats/tap.ts';

test('results, their notes and skipped tests are read', (t) => {
  const results: TapResult[] = [];
  const reader = new TapReader((result) => void results.push(result));
  for (const line of [
    'TAP version 13',
    'ok 1 - a › b',
    '# log',
    'not ok 2 - c',
    '  ---',
    '  message: no',
    'ok 3 - d # SKIP',
    '1..3',
    '# fail 1',
  ]) {
    reader.line(line);
  }
  reader.end();
  t.is(reader.planned, 3);
  t.is(reader.last, 'd');
  t.deepEqual(
    results.map(({ name, passed, skipped, notes }) => [name, passed, skipped, notes.length]),
    [
      ['a › b', true, false, 1],
      ['c', false, false, 2],
      ['d', true, true, 0],
    ],
  );
});
