import { readText } from './read-text.ts';

/** Lines of /proc/PID/status about memory that is in no file of its own. */
const KEPT = /^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB$/gm;

/** Bytes that the images of these tasks' memory take at most: what they share is in those of each. */
export function imageBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + keptBytes(readText(`/proc/${pid}/status`)), 0);
}

/** What is in memory only, of one task, from the text of its /proc/PID/status. */
export function keptBytes(status: string): number {
  return [...status.matchAll(KEPT)].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0);
}
