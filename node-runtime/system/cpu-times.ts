import { readText } from './read-text.ts';

/** USER_HZ: what /proc/stat counts in. */
const TICKS_PER_SECOND = 100;
const NS_PER_MS = 1e6;
/** Fields of a `cpu` line of /proc/schedstat: time that tasks ran there, and time that they waited to (ns). */
const RAN = 6;
const WAITED = 7;

/** CPU time of a machine so far. */
interface CpuTimes {
  readonly ms: number;
  /** Is what tasks waited for in the queue of a CPU part of it? */
  readonly waits: boolean;
}

/**
 * CPU time that everything on this machine wanted so far: what ran, and what waited for a CPU. A kernel without /proc/schedstat tells
 * of the former only.
 */
export function cpuTimes(): CpuTimes {
  return parseCpuTimes(readText('/proc/schedstat'), readText('/proc/stat'));
}

/**
 * @param schedstat text of /proc/schedstat (versions 15 to 17), or empty
 * @param stat text of /proc/stat
 */
export function parseCpuTimes(schedstat: string, stat: string): CpuTimes {
  const lines = schedstat.split('\n').filter((line) => /^cpu\d/.test(line));
  const wanted = lines.map((line) => line.split(' ').slice(1).map(Number));
  const sum = wanted.reduce((all, fields) => all + (fields[RAN] ?? Number.NaN) + (fields[WAITED] ?? Number.NaN), 0);
  if (lines.length > 0 && Number.isFinite(sum)) return { ms: sum / NS_PER_MS, waits: true };
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? [];
  return { ms: ((user + nice + system + irq + softirq) * 1000) / TICKS_PER_SECOND, waits: false };
}

/** Milliseconds that a task waited for a CPU so far; 0 when it has ended, or the kernel does not tell. @param tid host's id of a thread */
export function taskWaitedMs(tid: number): number {
  return parseTaskWaited(readText(`/proc/${tid}/schedstat`));
}

/** @param text of /proc/TID/schedstat: time on a CPU, time waited for one (ns), number of turns */
export function parseTaskWaited(text: string): number {
  return (Number(text.split(' ')[1]) || 0) / NS_PER_MS;
}
