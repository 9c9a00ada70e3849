import test from 'ava';
import { Remembered } from '#runtime/base/remembered.ts';

test('what is known is not asked for again until it is forgotten; a failure is', async (t) => {
  let asked = 0;
  const fails = new Set([1]);
  const value = new Remembered(async () => {
    asked++;
    if (fails.has(asked)) throw new Error(`no answer ${asked}`);
    return asked;
  });
  await t.throwsAsync(value.get(), { message: 'no answer 1' });
  t.deepEqual(await Promise.all([value.get(), value.get()]), [2, 2]);
  value.forget();
  t.is(await value.get(), 3);
});
