/** The first of the two numbers each image begins with. */
const IMAGE_MAGIC = 0x5456_4319;

/** A field of a message in protobuf's wire format, whose value is a number that is not negative. */
export function varintField(number: number, value: bigint): Buffer {
  return Buffer.from([...varint(BigInt(number) << 3n), ...varint(value)]);
}

/** An image of CRIU: two magic numbers, and messages, each behind its length. */
export function imageOf(magic: number, messages: readonly Buffer[]): Buffer {
  return Buffer.concat([
    numbers(IMAGE_MAGIC, magic),
    ...messages.flatMap((message) => [numbers(message.length), message]),
  ]);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return [...bytes, Number(left)];
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32LE(value, 4 * index));
  return bytes;
}
