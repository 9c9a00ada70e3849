import test from 'ava';
import { calibrate } from '#runtime/system/calibrate.ts';

const saying = (output: string) => async () => output;

test('each core is one line: alone, and with all its siblings busy', async (t) => {
  const words: string[] = [];
  const rates = await calibrate([[0, 4], [6]], async (_file, args) => {
    words.push(...args);
    return '20 40 12 25\n7 9\n';
  });
  t.deepEqual(words, ['0,4', '6']);
  t.deepEqual(rates, [
    { alone: { integer: 20, float: 40 }, shared: { integer: 12, float: 25 } },
    { alone: { integer: 7, float: 9 } },
  ]);
});

test('a measurement that is none is refused', async (t) => {
  for (const output of ['', '5\n', '5 six\n', '5 6 7 8\n', '5 6\n7 8\n', '-5 6\n'])
    await t.throwsAsync(calibrate([[0]], saying(output)), { code: 'PLUMP_TOOL' }, output);
  await t.throwsAsync(calibrate([[0]], saying('5 0\n')), { code: 'PLUMP_BUSY' });
});
