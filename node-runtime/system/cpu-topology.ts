import type { LogicalCpu } from '../model/speed.ts';
import { readText } from './read-text.ts';

/** The CPUs this process may run on. Of one the kernel tells nothing about: a core of its own, of unknown clock. */
export function readCpus(folder = '/sys/devices/system/cpu', status = readText('/proc/self/status')): LogicalCpu[] {
  const allowed = cpuList(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '0');
  return allowed.map((cpu) => {
    const siblings = cpuList(readText(`${folder}/cpu${cpu}/topology/thread_siblings_list`));
    const maxKHz = Number(readText(`${folder}/cpu${cpu}/cpufreq/cpuinfo_max_freq`));
    return { cpu, siblings: siblings.length > 0 ? siblings : [cpu], maxKHz: maxKHz > 0 ? maxKHz : 0 };
  });
}

/** `0-2,8` as the kernel writes it. */
function cpuList(text: string): number[] {
  return [...text.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i),
  );
}
