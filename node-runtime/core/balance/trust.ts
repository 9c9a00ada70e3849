import type { Handle } from '../../model/load-message.ts';
import type { BalanceSettings } from './settings.ts';

interface Record_ {
  until: number;
  waitMs: number;
}

/**
 * Whom not to ask for a while. What a member advertises is only a hint: one that shows room and refuses, takes a job and fails it, or
 * lets it starve, is left alone, each time twice as long. Good work shortens that again.
 */
export class Trust {
  readonly #records = new Map<Handle, Record_>();
  readonly #settings: Pick<BalanceSettings, 'distrustMs' | 'mostDistrustMs'>;

  constructor(settings: Pick<BalanceSettings, 'distrustMs' | 'mostDistrustMs'>) {
    this.#settings = settings;
  }

  trusts(member: Handle, now: number): boolean {
    const record = this.#records.get(member);
    return record === undefined || now >= record.until;
  }

  /** It broke its word; `times` as bad as a refusal. */
  broken(member: Handle, now: number, times = 1): void {
    const { distrustMs, mostDistrustMs } = this.#settings;
    const waitMs = Math.min(mostDistrustMs, (this.#records.get(member)?.waitMs ?? distrustMs / 2) * 2 * times);
    this.#records.set(member, { until: now + waitMs, waitMs });
  }

  /** It did what it promised. */
  kept(member: Handle): void {
    const record = this.#records.get(member);
    if (record === undefined) return;
    record.waitMs /= 2;
    if (record.waitMs < this.#settings.distrustMs) this.#records.delete(member);
  }

  forget(member: Handle): void {
    this.#records.delete(member);
  }
}

/**
 * Was a job starved by its host?
 * @param promised CPUs of the reference it was to get, as the host's reservation said.
 * @param gotS CPU seconds it got since it came, normalised to the reference; `wantedS` seconds in which it wanted to run.
 */
export function wasStarved(promised: number, gotS: number, wantedS: number, least: number): boolean {
  return wantedS > 0 && gotS < promised * wantedS * least;
}
