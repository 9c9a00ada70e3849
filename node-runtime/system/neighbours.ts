import { readFileSync } from 'node:fs';
import { type Clock, sleep } from '../base/clock.ts';

const LOOK_MS = 20;
/** The kernel asks three times, a second apart. */
const MOST_MS = 2000;

/**
 * Waits until the kernel has the hardware addresses that it asks for on a NIC, or gives up. What is sent waits for them in the
 * kernel, and is lost when the NIC loses its address before.
 */
export async function untilResolved(nic: string, clock: Clock): Promise<void> {
  for (let waited = 0; waited < MOST_MS && asksFor(nic); waited += LOOK_MS) await sleep(clock, LOOK_MS);
}

/** Lines of /proc/net/arp: address, type, flags (0x2: complete, 0x0: asked for), hardware address, mask, device (proc_net(5)). */
function asksFor(nic: string): boolean {
  const lines = readFileSync('/proc/net/arp', 'latin1').split('\n');
  return lines.some((line) => {
    const [, , flags, , , device] = line.trim().split(/\s+/);
    return device === nic && flags === '0x0';
  });
}
