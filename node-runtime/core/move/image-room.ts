/** CRIU's own tables, beside a job's memory. */
const TABLES_BYTES = 4 * 2 ** 20;
/** By so much it may have grown until it is frozen. */
const GROWTH = 1 / 8;

/** Bytes to set aside for the images of a job whose memory takes so many. */
export function imageRoom(memoryBytes: number): number {
  return Math.ceil(memoryBytes * (1 + GROWTH)) + TABLES_BYTES;
}
