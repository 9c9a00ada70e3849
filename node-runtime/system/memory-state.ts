import { readText } from './read-text.ts';

const MB_KB = 1024;

/** Memory of this machine now. */
export function memoryState(): ReturnType<typeof parseMemoryState> {
  return parseMemoryState(readText('/proc/meminfo'), readText('/proc/pressure/memory'));
}

/**
 * @param meminfo text of /proc/meminfo
 * @param pressure text of /proc/pressure/memory; empty where the kernel has none: then tasks never wait
 */
export function parseMemoryState(meminfo: string, pressure: string) {
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0) / MB_KB;
  return {
    somePercent: Number(/^some avg10=([\d.]+)/m.exec(pressure)?.[1] ?? 0),
    freeMB: mb('MemAvailable'),
    totalMB: mb('MemTotal'),
  };
}
