import { randomBytes } from 'node:crypto';
import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { decodeJoinCode, encodeJoinCode, SECRET_BYTES } from '#runtime/model/join-code.ts';

const secret = Uint8Array.from({ length: SECRET_BYTES }, (_, i) => i * 7 + 1);
const code = encodeJoinCode(secret);

const problem = (typed: string): PlumpError => {
  try {
    decodeJoinCode(typed);
  } catch (error) {
    if (error instanceof PlumpError) return error;
    throw error;
  }
  throw new Error(`'${typed}' was taken`);
};

test('a join code gives the secret back, however it is typed', (t) => {
  t.is(code, '0440-Y5GX-4GNK-4EA0-8X75-AQ33-D9RQ-GZW6-HPA9-Q8N9-P2VV-XHEC-TFD0-N');
  t.deepEqual(decodeJoinCode(code), secret);
  const sloppy = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')}\n`;
  t.deepEqual(decodeJoinCode(sloppy), secret);
  for (let i = 0; i < 500; i++) {
    const random = new Uint8Array(randomBytes(SECRET_BYTES));
    t.deepEqual(decodeJoinCode(encodeJoinCode(random)), random);
  }
});

test('every single wrong character and every swapped pair is found', (t) => {
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const bare = code.replaceAll('-', '');
  for (let i = 0; i < bare.length; i++) {
    for (const digit of digits) {
      if (digit === bare[i]) continue;
      t.regex(problem(bare.slice(0, i) + digit + bare.slice(i + 1)).message, /check digit|mistyped/);
    }
    const swapped = bare.slice(0, i) + (bare[i + 1] ?? '') + (bare[i] ?? '') + bare.slice(i + 2);
    if (swapped !== bare) t.regex(problem(swapped).message, /check digit/);
  }
});

test('a typing error is told clearly, and never shows the code', (t) => {
  t.regex(problem(code.slice(0, -3)).message, /has 51 characters, 2 too few/);
  t.regex(problem(`${code}7`).message, /has 54 characters, 1 too many/);
  t.regex(problem('').message, /has 0 characters, 53 too few/);
  t.regex(problem(`0440-U${code.slice(6)}`).message, /'U' \(group 2, place 1\) does not exist/);
  t.regex(problem('ü').message, /U\+00dc/);
  for (const typed of [code.slice(1), `${code.slice(0, -1)}7`]) {
    const error = problem(typed);
    t.is(error.code, 'PLUMP_KEY');
    t.is(error.exitCode, 78);
    t.truthy(error.hint);
    t.false(`${error.message} ${error.hint}`.includes(code.slice(5, 9)));
  }
  t.throws(() => encodeJoinCode(new Uint8Array(31)), { instanceOf: PlumpError });
});
