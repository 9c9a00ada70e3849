import type { Clock } from '../../base/clock.ts';
import type { Settings } from './settings.ts';

/**
 * Length of a suspicion that `confirmed` others share (Lifeguard §IV.B):
 * max(min, max − (max − min) · log(C + 1) / log(K + 1)).
 */
export function suspicionMs(confirmed: number, wanted: number, min: number, max: number): number {
  if (wanted < 1) return min;
  const share = Math.log(confirmed + 1) / Math.log(wanted + 1);
  return Math.max(min, max - (max - min) * share);
}

/** Shortest suspicion in a cluster of `members`: mult · max(1, log10 n) · period (memberlist's `suspicionTimeout`). */
export function shortestSuspicionMs(settings: Settings, members: number): number {
  return settings.suspicionMult * Math.max(1, Math.log10(Math.max(1, members))) * settings.periodMs;
}

/** What a suspicion leads to. */
export interface Verdict {
  /** Half of the shortest time is left: the suspect should be asked directly, whatever gossip brought it or did not. */
  lastWord(): void;
  expired(lateMs: number): void;
}

/** One suspicion under way: ends in `expired` unless it is dropped; the more members share it the sooner. */
export class Suspicion implements Disposable {
  readonly #clock: Clock;
  readonly #by: Set<string>;
  readonly #wanted: number;
  readonly #min: number;
  readonly #max: number;
  readonly #verdict: Verdict;
  #start: number;
  #timer: Disposable;

  constructor(clock: Clock, settings: Settings, members: number, by: string, verdict: Verdict) {
    this.#clock = clock;
    this.#by = new Set([by]);
    this.#min = shortestSuspicionMs(settings, members);
    this.#max = this.#min * settings.suspicionMaxMult;
    // With too few members for that many confirmations, none is waited for.
    this.#wanted = members - 2 < settings.confirmations ? 0 : settings.confirmations;
    this.#verdict = verdict;
    this.#start = clock.now();
    this.#timer = this.#arm();
  }

  /** Someone suspects it too. Returns whether that is news worth passing on. */
  confirm(by: string): boolean {
    if (this.#by.has(by) || this.#by.size - 1 >= this.#wanted) return false;
    this.#by.add(by);
    this.#timer[Symbol.dispose]();
    this.#timer = this.#arm();
    return true;
  }

  /** Grants the shortest time once more, because what we know may be stale. */
  again(): void {
    this.#timer[Symbol.dispose]();
    this.#start = this.#clock.now() - (this.#length() - this.#min);
    this.#timer = this.#arm();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #length(): number {
    return suspicionMs(this.#by.size - 1, this.#wanted, this.#min, this.#max);
  }

  #arm(): Disposable {
    const due = this.#start + this.#length();
    const left = due - this.#clock.now();
    const expiry = () =>
      this.#clock.after(due - this.#clock.now(), () => this.#verdict.expired(this.#clock.now() - due));
    let timer = this.#clock.after(left - this.#min / 2, () => {
      timer = expiry();
      this.#verdict.lastWord();
    });
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }
}
