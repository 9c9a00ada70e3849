import test from 'ava';
import { imageBytes, keptBytes } from '#runtime/system/image-bytes.ts';

test('images hold what is in memory only, be it swapped out: files and what is merely mapped are not in them', (t) => {
  const status = [
    'Name:\tawk',
    'VmSize:\t  900000 kB',
    'VmRSS:\t   41000 kB',
    'RssAnon:\t   28000 kB',
    'RssFile:\t    9000 kB',
    'RssShmem:\t    4000 kB',
    'VmSwap:\t     500 kB',
  ].join('\n');
  t.is(keptBytes(status), 32_500 * 1024);
});

test('what several tasks share counts for each, and one that has ended does not count', (t) => {
  const one = imageBytes([process.pid]);
  t.true(one > 2 ** 20);
  t.true(imageBytes([process.pid, process.pid, 2 ** 22 + 1]) > 1.5 * one);
});
