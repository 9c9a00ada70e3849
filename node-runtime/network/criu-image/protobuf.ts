import { PlumpError } from '../../base/errors.ts';

/** A field of a message in protobuf's wire format. */
export interface Field {
  readonly number: number;
  /** Of a varint, or a fixed 32- or 64-bit number. */
  readonly value?: bigint;
  /** Of a field with a length: text, bytes, or a message again. */
  readonly bytes?: Buffer;
  /** Where the field's value begins in the buffer. */
  readonly offset: number;
}

const MOST_VARINT = 10;

/** The fields of a message, in order. @throws PlumpError PLUMP_PROTOCOL for bytes that are none. */
export function readFields(message: Buffer): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at);
    const { field, end } = readValue(message, Number(tag.value >> 3n), Number(tag.value & 7n), tag.end);
    fields.push(field);
    at = end;
  }
  return fields;
}

function readValue(message: Buffer, number: number, wire: number, at: number): { field: Field; end: number } {
  if (wire === 0) {
    const { value, end } = readVarint(message, at);
    return { field: { number, value, offset: at }, end };
  }
  if (wire === 2) {
    const length = readVarint(message, at);
    const end = length.end + Number(length.value);
    if (end > message.length) throw damaged();
    return { field: { number, bytes: message.subarray(length.end, end), offset: length.end }, end };
  }
  const size = wire === 1 ? 8 : wire === 5 ? 4 : 0;
  if (size === 0 || at + size > message.length) throw damaged();
  const value = size === 8 ? message.readBigUInt64LE(at) : BigInt(message.readUInt32LE(at));
  return { field: { number, value, offset: at }, end: at + size };
}

function readVarint(message: Buffer, at: number): { value: bigint; end: number } {
  let value = 0n;
  for (let i = 0; i < MOST_VARINT; i++) {
    const byte = message[at + i];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw damaged();
}

function damaged(): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', 'a CRIU image is damaged');
}
