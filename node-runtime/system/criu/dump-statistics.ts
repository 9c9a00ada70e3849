import { readFileSync } from 'node:fs';
import { readFields } from '../../network/criu-image/protobuf.ts';

/** Two magic numbers and the length of the entry. */
const HEAD_BYTES = 12;
/** stats_entry.dump, dump_stats_entry.freezing_time and frozen_time (stats.proto). */
const DUMP = 1;
const FREEZING = 1;
const FROZEN = 2;

/** Milliseconds the tasks stood still during the dump, as CRIU itself counted. */
export function readFrozenMs(images: string): number {
  const bytes = readFileSync(`${images}/stats-dump`).subarray(HEAD_BYTES);
  const dump = readFields(bytes).find((one) => one.number === DUMP)?.bytes ?? Buffer.alloc(0);
  const times = readFields(dump);
  const micros = (number: number) => Number(times.find((one) => one.number === number)?.value ?? 0n);
  return (micros(FREEZING) + micros(FROZEN)) / 1000;
}
