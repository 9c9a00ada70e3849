import { readText } from './read-text.ts';

/** USER_HZ: what /proc/stat counts in. */
const TICKS_PER_SECOND = 100;
const NS_PER_MS = 1e6;
/** Field of a `cpu` line of /proc/schedstat: time that tasks waited to run there (ns). */
const WAITED = 7;

/** CPU time of a machine so far. */
interface CpuTimes {
  readonly ms: number;
  /** Is what tasks waited for in the queue of a CPU part of it? */
  readonly waits: boolean;
}

/** CPU time that everything on this machine wanted so far: what ran, and what waited for a CPU where the kernel has /proc/schedstat. */
export function cpuTimes(): CpuTimes {
  return parseCpuTimes(readText('/proc/schedstat'), readText('/proc/stat'));
}

/**
 * What ran is from /proc/stat, since the other counts a task only when it gives up its CPU: a lone one may compute for seconds.
 * @param schedstat text of /proc/schedstat (versions 15 to 17), or empty
 * @param stat text of /proc/stat
 */
export function parseCpuTimes(schedstat: string, stat: string): CpuTimes {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? [];
  const ran = ((user + nice + system + irq + softirq) * 1000) / TICKS_PER_SECOND;
  const cpus = schedstat.split('\n').filter((line) => /^cpu\d/.test(line));
  const waited = cpus.reduce((sum, line) => sum + Number(line.split(' ')[1 + WAITED]), 0);
  const waits = cpus.length > 0 && Number.isFinite(waited);
  return { ms: ran + (waits ? waited / NS_PER_MS : 0), waits };
}

/** Milliseconds that a task waited for a CPU so far; 0 when it has ended, or the kernel does not tell. @param tid host's id of a thread */
export function taskWaitedMs(tid: number): number {
  return parseTaskWaited(readText(`/proc/${tid}/schedstat`));
}

/** @param text of /proc/TID/schedstat: time on a CPU, time waited for one (ns), number of turns */
export function parseTaskWaited(text: string): number {
  return (Number(text.split(' ')[1]) || 0) / NS_PER_MS;
}
