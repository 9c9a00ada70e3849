import test from 'ava';
import { rearmTimers } from '#runtime/network/criu-image/timer-descriptors.ts';

const field = (number: number, value: number) => Buffer.from([number << 3, value]);
const message = (number: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([(number << 3) | 2, body.length]), body]);
};

/** An entry of files.img: a timer with seconds and nanoseconds left, and its interval. */
function timer(seconds: number, nanoseconds: number, interval: number): Buffer {
  const fields = [field(7, seconds), field(8, nanoseconds), field(9, interval), field(10, 0)];
  const entry = Buffer.concat([field(1, 12), field(2, 5), message(12, field(1, 5), ...fields)]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(entry.length);
  return Buffer.concat([length, entry]);
}

const image = (...entries: Buffer[]) => Buffer.concat([Buffer.alloc(8, 0x19), ...entries]);

test('a periodic timer that had run out is left one nanosecond; others stay as they are', (t) => {
  const bytes = image(timer(0, 0, 3), timer(0, 0, 0), timer(0, 9, 3), timer(2, 0, 3));
  t.is(rearmTimers(bytes), 1);
  t.deepEqual(bytes, image(timer(0, 1, 3), timer(0, 0, 0), timer(0, 9, 3), timer(2, 0, 3)));
});

test('a damaged image is refused', (t) => {
  for (const cut of [1, 3, 9])
    t.throws(() => rearmTimers(image(timer(0, 0, 3)).subarray(0, -cut)), { code: 'PLUMP_PROTOCOL' });
});
