import { readlinkSync, statSync } from 'node:fs';

/**
 * Wall clock (ms since 1970) at which a program last read from the terminal it has as one of its first descriptors, to eight seconds;
 * undefined when it has none. Only a pty is looked at: what else a descriptor leads to may be a file of a home that does not answer.
 */
export function terminalReadAt(hostPid: number): number | undefined {
  for (const fd of [0, 1, 2]) {
    try {
      const file = `/proc/${hostPid}/fd/${fd}`;
      if (/^\/dev\/pts\/\d+$/.test(readlinkSync(file))) return statSync(file).atimeMs;
    } catch {
      // It has ended, or has no such descriptor.
    }
  }
  return undefined;
}
