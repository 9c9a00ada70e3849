import type { BalanceSettings } from './settings.ts';

/** Memory of a member as the kernel tells it. */
export interface MemoryState {
  /** `some avg10` of /proc/pressure/memory: percent of the last ten seconds in which some task waited for memory. */
  readonly somePercent: number;
  /** MemAvailable, MB. */
  readonly freeMB: number;
  readonly totalMB: number;
}

/** Share of all memory that should be free when there is pressure. */
const WANTED_FREE = 1 / 16;

/**
 * MB that should leave so that the pressure ends before the OOM killer acts; 0: there is none. Little that is free is no pressure by
 * itself (caches fill all memory there is), unless hardly anything is left: by then tasks wait already.
 */
export function shortMemory(
  { somePercent, freeMB, totalMB }: MemoryState,
  { pressedPercent, spareMB }: Pick<BalanceSettings, 'pressedPercent' | 'spareMB'>,
): number {
  if (somePercent < pressedPercent && freeMB >= spareMB) return 0;
  return Math.max(1, Math.ceil(Math.max(spareMB, totalMB * WANTED_FREE) - freeMB));
}
