import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { MemberLoad } from '../model/guest.ts';

/** Processes that run or wait for a CPU now, this reader itself not counted. */
function runnable(): number {
  const found = /^procs_running (\d+)/m.exec(readFileSync('/proc/stat', 'latin1'));
  return Math.max(0, Number(found?.[1] ?? 1) - 1);
}

/** MB of memory that nothing uses, not even as a cache. */
export function unusedMB(): number {
  const found = /^MemFree:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'latin1'));
  return Math.floor(Number(found?.[1] ?? 0) / 1024);
}

/** Bytes of memory a new program could have. */
function freeBytes(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'latin1'));
  return found ? Number(found[1]) * 1024 : os.freemem();
}

/** How busy this machine is now. */
export function machineLoad(): Pick<MemberLoad, 'runnable' | 'cpus' | 'freeBytes'> {
  return { runnable: runnable(), cpus: os.availableParallelism(), freeBytes: freeBytes() };
}
