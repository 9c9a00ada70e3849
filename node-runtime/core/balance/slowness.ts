import { STANDARD_SPEED } from '../../model/speed.ts';
import type { BalanceSettings } from './settings.ts';

/** What a member can do and what is wanted of it. */
export interface Strain {
  /** CPU wanted: 100 = one CPU-bound process. */
  readonly work: number;
  readonly cpus: number;
  /** Of one CPU; 10 000 = the reference. */
  readonly speed: number;
}

/** CPUs of the reference that a member is worth. */
export function capacity({ cpus, speed }: Omit<Strain, 'work'>): number {
  return (cpus * speed) / STANDARD_SPEED;
}

/** Load as openMosix tells it: 100 = one CPU-bound process per CPU of standard speed. */
export function openMosixLoad(strain: Strain): number {
  return strain.work / capacity(strain);
}

/**
 * How slow a CPU-bound job goes there: 100 = as if it had a reference CPU to itself, 200 = half as fast. A member with idle CPUs is
 * no faster for having more of them: that is where this differs from load.
 */
export function slowness(work: number, cpus: number, speed: number): number {
  return (Math.max(100, work / cpus) * STANDARD_SPEED) / speed;
}

/**
 * Is a job of `weight` (100 = one CPU) better off there? It counts for more at the target than it is (the margin), so that what was
 * gained is not lost again with the next small change, and it must gain something to speak of.
 * @param from with the job, `to` without it.
 */
export function betterOff(
  from: Strain,
  to: Strain,
  weight: number,
  { margin, leastGain }: Pick<BalanceSettings, 'margin' | 'leastGain'>,
): boolean {
  const here = slowness(from.work, from.cpus, from.speed);
  if (slowness(to.work + margin * weight, to.cpus, to.speed) >= here) return false;
  return slowness(to.work + weight, to.cpus, to.speed) * leastGain <= here;
}
