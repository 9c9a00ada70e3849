import { createHmac, timingSafeEqual } from 'node:crypto';

const LINE = 'X-PLUMP-SIG: ';
const DIGITS = 43;
/** `\r\n` + line + 32 bytes in base64url + the empty line; always the end of the message. */
const TAIL = LINE.length + DIGITS + 4;

/** Whether a message ends as signed ones do. Costs nothing, so it comes before everything that does. */
export function looksSigned(message: Buffer): boolean {
  const at = message.length - TAIL;
  return (
    at >= 2 &&
    message.toString('latin1', at - 2, at + LINE.length) === `\r\n${LINE}` &&
    message.toString('latin1', message.length - 4) === '\r\n\r\n'
  );
}

/**
 * Appends the signature: HMAC-SHA-256 over all bytes before its line, which is the last one, so that a receiver finds
 * it by counting instead of searching through what strangers send.
 * @param message ends with the empty line
 */
export function sign(message: Buffer, key: Buffer): Buffer {
  const body = message.subarray(0, -2);
  return Buffer.concat([body, Buffer.from(`${LINE}${mac(body, key).toString('base64url')}\r\n\r\n`, 'latin1')]);
}

/** Whether the message was signed with this key and nothing in it was changed. */
export function isSignedWith(message: Buffer, key: Buffer): boolean {
  if (!looksSigned(message)) return false;
  const body = message.subarray(0, message.length - TAIL);
  const digits = message.toString('latin1', body.length + LINE.length, message.length - 4);
  const given = Buffer.from(digits, 'base64url');
  // Decoding forgives; encoding again does not: one signature has one spelling.
  return given.length === 32 && given.toString('base64url') === digits && timingSafeEqual(mac(body, key), given);
}

function mac(body: Buffer, key: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest();
}
