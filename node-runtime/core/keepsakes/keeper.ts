import { PlumpError } from '../../base/errors.ts';
import type { Keepsake } from '../../model/keepsake.ts';

/** Machines for which something is kept at most; the one that was heard of longest ago is forgotten for a new one. */
export const MOST_KEPT = 4096;

/** What this member keeps for others over their reboots. */
export class Keeper {
  readonly #kept: Map<string, Keepsake>;
  readonly #keep: (all: readonly Keepsake[]) => void;

  /** @param kept what was kept before; @param keep writes down what is kept now */
  constructor(kept: readonly Keepsake[], keep: (all: readonly Keepsake[]) => void) {
    this.#kept = new Map(kept.map((one) => [one.mac, one]));
    this.#keep = keep;
  }

  /**
   * Keeps what is newer than what is here.
   * @param macs those of the member that asks: nobody else has a say
   * @returns what is here, when that is what the other should hear
   * @throws PlumpError PLUMP_DENIED
   */
  exchange(given: Keepsake, macs: readonly string[]): Keepsake | undefined {
    const { mac, version, boot } = given;
    if (!macs.includes(mac)) throw new PlumpError('PLUMP_DENIED', `the member that asks does not have ${mac}`);
    const here = this.#kept.get(mac);
    if (here !== undefined && here.version > version) return here;
    if (here !== undefined && here.version === version) return here.boot === boot ? undefined : here;
    if (version === 0) return undefined;
    this.#kept.delete(mac);
    this.#kept.set(mac, given);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#keep([...this.#kept.values()]);
    return undefined;
  }
}
