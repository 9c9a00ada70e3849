import type { Reservation } from '../../model/guest.ts';

/** What a host knows of itself when it is asked for room. */
export interface HostState {
  /** As the kernel estimates it. */
  readonly availableBytes: number;
  readonly cpuFlags: readonly string[];
}

/** Left for the host itself. */
const RESERVE_BYTES = 48 * 2 ** 20;

/** Why there is no room for a guest, or undefined when there is. `promised`: bytes others were promised. Pure. */
export function refusal(want: Reservation, promised: number, host: HostState): string | undefined {
  const missing = want.cpuFlags.filter((flag) => !host.cpuFlags.includes(flag));
  if (missing.length > 0) return `its CPU lacks ${missing.slice(0, 5).join(', ')}`;
  const free = host.availableBytes - promised - RESERVE_BYTES;
  if (want.memoryBytes + want.imageBytes > free) {
    const mb = (bytes: number) => Math.max(0, Math.round(bytes / 2 ** 20));
    return `not enough memory: ${mb(want.memoryBytes + want.imageBytes)} MB are wanted, ${mb(free)} MB are free`;
  }
  return undefined;
}
