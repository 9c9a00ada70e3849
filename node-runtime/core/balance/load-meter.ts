import { DECAY, type Decay } from '../../model/decay.ts';
import type { JobHint } from '../../model/job.ts';

/**
 * A member's load, measured once a second, as in MOSIX: two estimates of the same thing, each wrong on its safe side.
 * To decide that jobs should leave, load rises slowly (5 parts old, 3 new) and falls at once; what others are shown rises at once and
 * falls slowly (7 old, 1 new), so that nobody hurries to a member that was idle for a moment.
 */
export class LoadMeter {
  /** For leaving. 100 = one CPU-bound process. */
  mean = 0;
  /** For showing. */
  shown = 0;

  /** @param work CPU wanted in the last second. */
  update(work: number): void {
    this.mean = work > this.mean ? (5 * this.mean + 3 * work) / 8 : work;
    this.shown = work > this.shown ? work : (7 * this.shown + work) / 8;
  }
}

/** How much of the old value is left after a second without a hint (MOSIX: (3 · old + new) / 4). */
const KEPT = 3 / 4;

function keptIn1s(parts: number, { intervalS }: Decay): number {
  return (parts / 1000) ** (1 / intervalS);
}

/**
 * CPU use of a job after one more second, 100 = one CPU. A tree is weighed whole: `wanted` is what all its tasks ran or waited for.
 * `cpujob` counts as a full CPU whatever it does now, `iojob` as a quarter of what is measured, `nodecay` as its busiest second.
 */
export function decayedUse(old: number, wanted: number, hints: readonly JobHint[], decay: Decay = DECAY): number {
  if (hints.includes('cpujob')) return Math.max(100, wanted);
  const measured = hints.includes('iojob') ? wanted / 4 : wanted;
  if (hints.includes('nodecay')) return Math.max(old, measured);
  const slow = hints.includes('slowdecay') ? keptIn1s(decay.slow, decay) : KEPT;
  const kept = hints.includes('fastdecay') ? keptIn1s(decay.fast, decay) : slow;
  return kept * old + (1 - kept) * measured;
}
