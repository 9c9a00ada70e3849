import { PlumpError } from '../base/errors.ts';

/** Length of a cluster secret in bytes. */
export const SECRET_BYTES = 32;

/** Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LOOKALIKES: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' };
/** 256 bits in digits of 5 bits; the last digit's lowest 4 bits are zero. */
const SECRET_DIGITS = Math.ceil((SECRET_BYTES * 8) / 5);
const CODE_DIGITS = SECRET_DIGITS + 1;
const GROUP = 4;
const HINT = "'plumpos key show' on a machine that has the key prints the join code";

/**
 * A cluster secret as people type it: 52 digits and a check digit, in groups of four, e.g. `7Q0V-…-M3TC-9`.
 * @throws PlumpError PLUMP_KEY when the secret is not 32 bytes long.
 */
export function encodeJoinCode(secret: Uint8Array): string {
  if (secret.length !== SECRET_BYTES)
    throw new PlumpError('PLUMP_KEY', `a cluster secret is ${SECRET_BYTES} bytes long, this one ${secret.length}`);
  const digits = toDigits(secret);
  const all = [...digits, timesAlpha(checksum(digits))].map((digit) => ALPHABET[digit]).join('');
  return all.match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join('-') ?? '';
}

/**
 * The secret a typed join code stands for. Case, spaces and dashes do not matter; O is read as 0, I and L as 1.
 * @throws PlumpError PLUMP_KEY saying which of letter, length and check digit is wrong. The message never holds the code.
 */
export function decodeJoinCode(code: string): Uint8Array {
  const digits = Array.from(code.toUpperCase().replace(/[\s-]/g, ''), readDigit);
  if (digits.length !== CODE_DIGITS) throw wrongLength(digits.length);
  // One digit typed wrongly and two neighbours swapped are always found; anything else by 31 chances in 32.
  if (checksum(digits) !== 0)
    throw new PlumpError('PLUMP_KEY', 'the check digit of the join code is wrong: something in it is mistyped', {
      hint: `compare it group by group; ${HINT}`,
    });
  const last = digits[SECRET_DIGITS - 1] ?? 0;
  if ((last & 0b1111) !== 0)
    throw new PlumpError('PLUMP_KEY', `group ${SECRET_DIGITS / GROUP} of the join code is wrong`, { hint: HINT });
  return toBytes(digits.slice(0, SECRET_DIGITS));
}

function readDigit(letter: string, place: number): number {
  const digit = ALPHABET.indexOf(LOOKALIKES[letter] ?? letter);
  if (digit >= 0) return digit;
  const where = `group ${Math.floor(place / GROUP) + 1}, place ${(place % GROUP) + 1}`;
  throw new PlumpError('PLUMP_KEY', `'${printable(letter)}' (${where}) does not exist in a join code`, {
    hint: 'a join code has digits and letters without I, L, O and U',
  });
}

function wrongLength(length: number): PlumpError {
  const wrong = `${Math.abs(CODE_DIGITS - length)} too ${length < CODE_DIGITS ? 'few' : 'many'}`;
  return new PlumpError('PLUMP_KEY', `the join code has ${length} characters, ${wrong}`, {
    hint: `${CODE_DIGITS} are needed, dashes and spaces not counted; ${HINT}`,
  });
}

function printable(letter: string): string {
  return /^[\x21-\x7e]$/.test(letter) ? letter : `U+${(letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

function toDigits(bytes: Uint8Array): number[] {
  const digits: number[] = [];
  for (let i = 0; i < SECRET_DIGITS; i++) {
    const bit = i * 5;
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    digits.push((pair >> (11 - (bit & 7))) & 31);
  }
  return digits;
}

function toBytes(digits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(SECRET_BYTES);
  digits.forEach((digit, i) => {
    const bit = i * 5;
    const pair = digit << (11 - (bit & 7));
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (pair >> 8);
    if ((bit >> 3) + 1 < SECRET_BYTES) bytes[(bit >> 3) + 1] = (bytes[(bit >> 3) + 1] ?? 0) | (pair & 255);
  });
  return bytes;
}

/**
 * The digits as a polynomial over GF(32), evaluated at the primitive element alpha (Horner). Alpha's powers differ for
 * neighbours and are never zero, hence what it finds. Crockford's own check (modulo 37) needs `*~$=`, which neither a
 * kernel's command line nor a phone call likes.
 */
function checksum(digits: readonly number[]): number {
  return digits.reduce((sum, digit) => timesAlpha(sum) ^ digit, 0);
}

/** Times x in GF(2)[x] / (x^5 + x^2 + 1). */
function timesAlpha(value: number): number {
  return ((value << 1) ^ (value & 16 ? 0b100101 : 0)) & 31;
}
