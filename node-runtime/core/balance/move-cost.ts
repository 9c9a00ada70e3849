import type { BalanceSettings } from './settings.ts';
import { slowness, type Strain } from './slowness.ts';

/** What a move costs the job that moves. */
export interface MoveCost {
  /** Seconds without the transfer: freeze, restore, questions (measured: the last moves of this member). */
  readonly fixedS: number;
  /** What the way between the two carries, MB/s. */
  readonly linkMBs: number;
}

/** Seconds a move takes, in which the job does not get on. */
export function moveSeconds(memoryMB: number, { fixedS, linkMBs }: MoveCost): number {
  return fixedS + memoryMB / linkMBs;
}

/**
 * Does a move pay? A job that has lived for so long is expected to live as long again (Harchol-Balter and Downey 1996); in that time
 * it must get further there, the move included, than here.
 * @param from with the job, `to` without it.
 */
export function movePays(
  from: Strain,
  to: Strain,
  job: { readonly weight: number; readonly ageS: number; readonly moveS: number },
  { leastHorizonS }: Pick<BalanceSettings, 'leastHorizonS'>,
): boolean {
  const horizon = Math.max(leastHorizonS, job.ageS);
  const here = 100 / slowness(from.work, from.cpus, from.speed);
  const there = 100 / slowness(to.work + job.weight, to.cpus, to.speed);
  return (horizon - job.moveS) * there > horizon * here;
}

/** How many more moves may begin: bounded in number and in the time all their images together take the link. */
export function freeSlots(
  jobs: number,
  flying: { readonly count: number; readonly memoryMB: number },
  linkMBs: number,
  settings: BalanceSettings,
): number {
  if (flying.memoryMB >= linkMBs * settings.mostTransferS) return 0;
  const share = Math.floor(jobs * settings.outgoingShare);
  return Math.max(0, Math.min(settings.mostOutgoing, Math.max(settings.outgoing, share)) - flying.count);
}
