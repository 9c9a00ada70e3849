import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { OwnNumber } from '#runtime/services/own-number.ts';

function folder(): Disposable & { files: { map: string; number: string } } {
  const made = mkdtempSync(path.join(tmpdir(), 'plumpos-number-'));
  const files = { map: path.join(made, 'map'), number: path.join(made, 'number') };
  return { files, [Symbol.dispose]: () => rmSync(made, { recursive: true }) };
}

test('an agent that is started again goes by the same number, the one it had to give way to included', (t) => {
  using kept = folder();
  let addresses = ['10.0.1.2'];
  const first = new OwnNumber(kept.files, () => addresses);
  t.is(first.claim().number, 0x0102);
  t.is(first.claim(0x0103).number, 0x0103, 'an older boot had it');
  addresses = ['10.0.9.9'];
  t.is(new OwnNumber(kept.files, () => addresses).claim().number, 0x0103);
});

test('a map fixes the number, is kept, and can be taken back', (t) => {
  using kept = folder();
  const addresses = () => ['10.0.1.2'];
  const first = new OwnNumber(kept.files, addresses);
  first.claim();
  first.set('3 10.0.1.1 4\n');
  t.deepEqual(first.claim(), { number: 4, by: 'map' });
  const again = new OwnNumber(kept.files, addresses);
  t.deepEqual(again.claim(), { number: 4, by: 'map' });
  t.deepEqual(again.listed, ['10.0.1.1', '10.0.1.2', '10.0.1.3', '10.0.1.4']);
  again.clear();
  t.deepEqual(again.claim(), { number: 0x0102, by: 'address' });
  t.deepEqual(new OwnNumber(kept.files, addresses).listed, []);
});

test('a map without this member is refused as setpe did, and changes nothing', (t) => {
  using kept = folder();
  const number = new OwnNumber(kept.files, () => ['10.0.1.2']);
  t.throws(() => number.set('1 10.9.9.9 1'), {
    message: 'the map is well-formatted, but my address (10.0.1.2) is not there',
  });
  t.deepEqual(number.listed, []);
});

test('a kept map or number that is damaged is told, and does not stop the agent', (t) => {
  using kept = folder();
  writeFileSync(kept.files.map, 'garbage');
  writeFileSync(kept.files.number, '{"number":');
  const number = new OwnNumber(kept.files, () => ['10.0.1.2']);
  t.regex(number.problem ?? '', /line 1 of the map/);
  t.is(number.claim().number, 0x0102);
});
