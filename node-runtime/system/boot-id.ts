import { readText } from './read-text.ts';

/** Names the current boot of this machine: the kernel draws it. */
export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim();
}
