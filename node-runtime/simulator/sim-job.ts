import type { JobFacts } from '../core/balance/job-choice.ts';
import type { Handle } from '../model/load-message.ts';

/** A simulated job. */
export class SimJob implements JobFacts {
  readonly id: number;
  readonly home: Handle;
  readonly weight: number;
  readonly memoryMB: number;
  readonly needMB: number;
  readonly hints = [];
  readonly pinned = false;
  readonly ttyMs = Number.NEGATIVE_INFINITY;
  readonly mayBeOn = undefined;
  startedMs = 0;
  movedMs = Number.NEGATIVE_INFINITY;
  movedBeforeMs = Number.NEGATIVE_INFINITY;
  moves = 0;
  /** Its place in its host's list; -1: it is on its way, or at no member. */
  place = -1;
  host: Handle;
  /** Wall seconds on an idle reference CPU that are left; Infinity: it never ends. */
  leftS: number;
  /** What it was at the start. */
  readonly wholeS: number;

  constructor(
    id: number,
    home: Handle,
    { weight, memoryMB, wholeS }: { weight: number; memoryMB: number; wholeS: number },
  ) {
    this.id = id;
    this.home = home;
    this.host = home;
    this.weight = weight;
    this.memoryMB = memoryMB;
    this.needMB = memoryMB;
    this.leftS = wholeS;
    this.wholeS = wholeS;
  }

  /** A move ended at `host`. */
  moved(host: Handle, now: number): void {
    this.host = host;
    this.movedBeforeMs = this.movedMs;
    this.movedMs = now;
    this.moves++;
  }
}
