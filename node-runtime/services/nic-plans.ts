import { readFileSync, writeFileSync } from 'node:fs';
import { messageOf } from '../base/errors.ts';
import type { NodeConfig } from '../model/node-config.ts';
import { parseAddressArgument } from '../model/static-address.ts';
import type { NicPlan } from './managed-nic.ts';

/**
 * Which card gets its address how: by the kernel's command line, and by what was typed since, which wins and is kept in
 * RAM for an agent that is started again.
 */
export class NicPlans {
  /** Arguments that are no addresses, in sentences. */
  readonly problems: string[] = [];
  readonly #fixed = new Map<string, NicPlan>();
  readonly #typed = new Map<string, string>();
  readonly #noDhcp: boolean;
  readonly #file: string;

  constructor({ addresses, noDhcp }: Pick<NodeConfig, 'addresses' | 'noDhcp'>, file: string) {
    this.#noDhcp = noDhcp;
    this.#file = file;
    for (const argument of [...addresses, ...this.#readTyped()]) this.#fix(argument);
  }

  /** Cards that have a fixed address. */
  get cards(): readonly string[] {
    return [...this.#fixed.keys()];
  }

  planFor(card: string): NicPlan {
    return this.#fixed.get(card) ?? { kind: this.#noDhcp ? 'none' : 'dhcp' };
  }

  /** Somebody typed an address. */
  type(card: string, cidr: string, gateway: string | undefined): void {
    const argument = `${card}:${cidr}${gateway === undefined ? '' : `:${gateway}`}`;
    this.#fix(argument);
    this.#typed.set(card, argument);
    writeFileSync(this.#file, JSON.stringify([...this.#typed.values()]));
  }

  #fix(argument: string): void {
    try {
      const { nic, ...address } = parseAddressArgument(argument);
      this.#fixed.set(nic, { kind: 'static', ...address });
    } catch (error) {
      this.problems.push(messageOf(error));
    }
  }

  #readTyped(): string[] {
    try {
      const typed: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      const texts = Array.isArray(typed) ? typed.filter((one) => typeof one === 'string') : [];
      for (const text of texts) this.#typed.set(text.split(':')[0] ?? '', text);
      return texts;
    } catch {
      // Nobody has typed anything since boot.
      return [];
    }
  }
}
