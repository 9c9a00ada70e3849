import { writeFileSync } from 'node:fs';
import { messageOf, PlumpError } from '../base/errors.ts';
import type { NodeConfig } from '../model/node-config.ts';
import { parseAddressArgument, parseStaticAddress } from '../model/static-address.ts';
import type { NicStatus } from '../model/status.ts';
import { isWiredCard, readLinks, watchLinks } from '../system/links.ts';
import { ManagedNic, type ManagedNicDeps, type NicPlan } from './managed-nic.ts';
import type { NicDeps } from './nic-deps.ts';
import { resolverText } from './resolver.ts';

/** What the NICs of a node are given. */
export interface NicsDeps extends NicDeps {
  readonly config: Pick<NodeConfig, 'addresses' | 'noDhcp' | 'hostname'>;
  readonly scratch: string;
  /** Which cards are ours to look after. */
  readonly accept?: (name: string) => boolean;
  readonly udhcpc?: readonly string[];
  /** Files of the system that leases write to; empty in tests. */
  readonly files?: { readonly resolver?: string; readonly hostname?: string };
}

const FILES = { resolver: '/etc/resolv.conf', hostname: '/proc/sys/kernel/hostname' };

/** All network cards of a node, those that come later too: each has its own DHCP machine, and none waits for another. */
export class Nics implements AsyncDisposable {
  readonly #deps: NicsDeps;
  readonly #nics = new Map<string, ManagedNic>();
  readonly #listeners = new Set<() => void>();
  readonly #plans: ReadonlyMap<string, NicPlan>;
  readonly #watch: Disposable;
  #named: boolean;

  constructor(deps: NicsDeps) {
    this.#deps = deps;
    this.#plans = this.#fixedPlans();
    this.#named = deps.config.hostname !== undefined;
    this.#watch = watchLinks(deps.clock, () => this.#look());
    this.#look();
  }

  list(): readonly NicStatus[] {
    return [...this.#nics.values()].map((nic) => nic.status());
  }

  onChange(changed: () => void): void {
    this.#listeners.add(changed);
  }

  /** A fixed address instead of a lease. @throws PlumpError PLUMP_CONFIG for a NIC that is not there or a bad address */
  async setAddress(name: string, cidr: string, gateway: string | undefined): Promise<void> {
    const nic = this.#nics.get(name);
    if (!nic)
      throw new PlumpError('PLUMP_CONFIG', `there is no network card '${name}'`, {
        hint: `there are: ${[...this.#nics.keys()].join(', ') || 'none'}`,
      });
    nic.replan({ kind: 'static', ...parseStaticAddress(cidr, gateway) });
  }

  /** Gives all leases back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    await Promise.all([...this.#nics.values()].map((nic) => nic[Symbol.asyncDispose]()));
  }

  #look(): void {
    const links = readLinks(this.#deps.accept ?? isWiredCard);
    for (const [name, nic] of this.#nics) {
      if (links.some((link) => link.name === name && link.index === nic.index)) continue;
      this.#nics.delete(name);
      this.#deps.publish('nic.gone', `${name} is gone`, { nic: name });
      void nic[Symbol.asyncDispose]();
      this.#changed();
    }
    for (const link of links) {
      const known = this.#nics.get(link.name);
      if (known) known.linkChanged(link);
      else this.#nics.set(link.name, new ManagedNic(this.#nicDeps(link.mac), link, this.#planFor(link.name)));
    }
  }

  #planFor(name: string): NicPlan {
    return this.#plans.get(name) ?? { kind: this.#deps.config.noDhcp ? 'none' : 'dhcp' };
  }

  #nicDeps(mac: string): ManagedNicDeps {
    const { clock, log, run, scratch } = this.#deps;
    const hostname = this.#deps.config.hostname ?? nameFromMac(mac);
    const rest = {
      random: () => this.#deps.random(),
      publish: this.#deps.publish,
      udhcpc: this.#deps.udhcpc ?? ['udhcpc'],
    };
    return { clock, log, run, scratch, hostname, ...rest, onChange: () => this.#changed() };
  }

  #fixedPlans(): Map<string, NicPlan> {
    const plans = new Map<string, NicPlan>();
    for (const text of this.#deps.config.addresses) {
      try {
        const { nic, ...fixed } = parseAddressArgument(text);
        plans.set(nic, { kind: 'static', ...fixed });
      } catch (error) {
        this.#deps.publish('nic.bad-argument', messageOf(error));
      }
    }
    return plans;
  }

  #changed(): void {
    const terms = [...this.#nics.values()].flatMap((nic) => nic.terms ?? []);
    const files = this.#deps.files ?? FILES;
    if (files.resolver !== undefined && terms.length > 0) this.#write(files.resolver, resolverText(terms));
    if (!this.#named && files.hostname !== undefined) {
      const given = terms.find((one) => one.hostname !== undefined)?.hostname;
      const [first] = this.list();
      if (given !== undefined) this.#named = true;
      if (given !== undefined || first) this.#write(files.hostname, given ?? nameFromMac(first?.mac ?? ''));
    }
    for (const listener of this.#listeners) listener();
  }

  #write(file: string, text: string): void {
    try {
      writeFileSync(file, text);
    } catch (error) {
      this.#deps.log.warn('cannot write', { file, why: messageOf(error) });
    }
  }
}

/** The name of a node nobody has named: stable, and different for every card. */
function nameFromMac(mac: string): string {
  return `plump-${mac.replaceAll(':', '').slice(-6)}`;
}
