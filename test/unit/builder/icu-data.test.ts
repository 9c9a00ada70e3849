import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { isKept, trimIcuData } from '#builder/formats/icu-data.ts';

test('the trimmed Node.js runs, knows English, and still normalises, matches letters and knows time zones', (t) => {
  const program = readFileSync(process.execPath);
  const trim = trimIcuData(program);
  t.true(trim !== undefined && trim.zeroed > 20_000_000 && trim.dropped > 1000, JSON.stringify(trim));
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-icu-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'node');
  writeFileSync(file, program);
  chmodSync(file, 0o755);
  const script = `const berlin = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short', timeZone: 'Europe/Berlin' });
    console.log(berlin.format(0), new Intl.NumberFormat('de').format(1234.5), 'é'.normalize('NFD').length, /^\\p{L}$/u.test('ß'),
      new TextDecoder('latin1').decode(Uint8Array.of(0xe9)), new URL('http://münchen.example').hostname, ['b', 'ä'].sort(new Intl.Collator('en').compare)[0])`;
  const said = execFileSync(file, ['-e', script], { encoding: 'utf8' }).trim();
  t.is(said, 'January 1, 1970 at 1:00 AM 1,234.5 2 true é xn--mnchen-3ya.example ä');
});

test('a program without the expected table is left as it is', (t) => {
  const plain = Buffer.from('some program with CmnD in it, but no table'.repeat(10));
  const before = Buffer.from(plain);
  t.is(trimIcuData(plain), undefined);
  t.deepEqual(plain, before);
  const once = readFileSync(process.execPath);
  trimIcuData(once);
  t.is(trimIcuData(once), undefined, 'trimming twice is refused');
});

test('what is kept: root, English and everything that is no language', (t) => {
  for (const name of [
    'icudt78l/root.res',
    'icudt78l/en.res',
    'icudt78l/zoneinfo64.res',
    'icudt78l/curr/supplementalData.res',
    'icudt78l/brkitr/word.brk',
  ]) {
    t.true(isKept(name), name);
  }
  for (const name of [
    'icudt78l/de.res',
    'icudt78l/zone/sr_Latn.res',
    'icudt78l/ibm-943.cnv',
    'icudt78l/brkitr/thaidict.dict',
  ])
    t.false(isKept(name), name);
});
