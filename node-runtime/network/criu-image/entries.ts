import { PlumpError } from '../../base/errors.ts';

/** Two magic numbers before the entries. */
const MAGIC_BYTES = 8;

/** The messages of a CRIU image, each behind its length: views, not copies. @throws PlumpError PLUMP_PROTOCOL */
export function imageEntries(image: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = MAGIC_BYTES; at < image.length; ) {
    const end = at + 4 > image.length ? Infinity : at + 4 + image.readUInt32LE(at);
    if (end > image.length) throw new PlumpError('PLUMP_PROTOCOL', 'a CRIU image is damaged');
    entries.push(image.subarray(at + 4, end));
    at = end;
  }
  return entries;
}
