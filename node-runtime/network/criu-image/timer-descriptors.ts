import { imageEntries } from './entries.ts';
import { type Field, readFields } from './protobuf.ts';

/** file_entry.tfd, and the fields of timerfd_entry (fdinfo.proto, timerfd.proto). */
const TIMER = 12;
const VALUE = [7, 8] as const;
const INTERVAL = [9, 10] as const;
const VALUE_NANOSECONDS = 8;

/**
 * Repairs files.img in place: a periodic timer descriptor that had run out and was not read is restored disarmed (upstream
 * issue 3162, in 3.17.1 and 4.1.1). One nanosecond left makes it run out at once, and go on. Returns how many there were.
 */
export function rearmTimers(image: Buffer): number {
  let repaired = 0;
  for (const entry of imageEntries(image)) {
    const timer = readFields(entry).find((field) => field.number === TIMER)?.bytes;
    if (!timer) continue;
    const fields = readFields(timer);
    const left = fields.find((field) => field.number === VALUE_NANOSECONDS);
    if (!isZero(fields, VALUE) || isZero(fields, INTERVAL) || !left) continue;
    // A zero is one byte in a varint, and so is a one.
    timer[left.offset] = 1;
    repaired++;
  }
  return repaired;
}

function isZero(fields: readonly Field[], numbers: readonly number[]): boolean {
  return fields.every((field) => !numbers.includes(field.number) || field.value === 0n);
}
