import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, PlumpError } from '../base/errors.ts';
import type { NodeConfig } from '../model/node-config.ts';
import { parseStaticAddress } from '../model/static-address.ts';
import type { Check, NicStatus } from '../model/status.ts';
import { isWiredCard, type Link, readLinks, watchLinks } from '../system/links.ts';
import { ManagedNic, type NicPlan } from './managed-nic.ts';
import type { NicDeps } from './nic-deps.ts';
import { NicPlans } from './nic-plans.ts';
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
  readonly #plans: NicPlans;
  readonly #watch: Disposable;
  /** What servers are told, and what this machine is called until one of them says otherwise. */
  #ownName: string | undefined;
  #nameGiven = false;
  readonly #written = new Map<string, string>();

  constructor(deps: NicsDeps) {
    this.#deps = deps;
    this.#ownName = deps.config.hostname;
    this.#plans = new NicPlans(deps.config, path.join(deps.scratch, 'addresses.json'));
    for (const text of this.#plans.problems) deps.publish('nic.bad-argument', text);
    this.#watch = watchLinks(deps.clock, () => this.#look());
    this.#look();
  }

  /** In the kernel's order. */
  list(): readonly NicStatus[] {
    return [...this.#nics.values()].map((nic) => nic.status());
  }

  /** What is wrong with the addresses somebody asked for. */
  checks(): Check[] {
    const missing = this.#plans.cards.filter((name) => !this.#nics.has(name));
    const texts = [
      ...this.#plans.problems,
      ...missing.map((name) => `an address is set for ${name}, which is not there`),
    ];
    return texts.map((text) => ({ name: 'network', ok: false, text }));
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
    const plan: NicPlan = { kind: 'static', ...parseStaticAddress(cidr, gateway) };
    this.#plans.type(name, cidr, gateway);
    nic.replan(plan);
  }

  /** Gives all leases back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    await Promise.all([...this.#nics.values()].map((nic) => nic[Symbol.asyncDispose]()));
  }

  #look(): void {
    const links = readLinks(this.#deps.accept ?? isWiredCard);
    for (const [name, nic] of this.#nics) {
      if (links.some((link) => link.name === name && identityOf(link) === nic.identity)) continue;
      this.#nics.delete(name);
      this.#deps.publish('nic.gone', `${name} is gone`, { nic: name });
      void nic[Symbol.asyncDispose]();
      this.#changed();
    }
    for (const link of links) {
      const known = this.#nics.get(link.name);
      if (known) known.linkChanged(link);
      else this.#nics.set(link.name, this.#manage(link));
    }
  }

  #manage(link: Link): ManagedNic {
    const { clock, log, run, scratch, publish } = this.#deps;
    this.#ownName ??= nameFromMac(link.mac);
    const udhcpc = this.#deps.udhcpc ?? ['udhcpc'];
    const deps = { clock, log, run, scratch, publish, udhcpc, hostname: this.#ownName };
    const more = { random: () => this.#deps.random(), onChange: () => this.#changed() };
    return new ManagedNic({ ...deps, ...more }, link, this.#plans.planFor(link.name));
  }

  #changed(): void {
    const terms = [...this.#nics.values()].flatMap((nic) => nic.terms ?? []);
    const files = this.#deps.files ?? FILES;
    if (terms.length > 0) this.#write(files.resolver, resolverText(terms));
    if (this.#deps.config.hostname === undefined) this.#name(terms.flatMap(({ hostname }) => hostname ?? []));
    for (const listener of this.#listeners) listener();
  }

  /** Servers say our own words back to us; another name is one somebody chose for this machine. The first one stays. */
  #name(said: readonly string[]): void {
    if (this.#nameGiven) return;
    const given = said.find((name) => name !== this.#ownName);
    this.#nameGiven = given !== undefined;
    this.#write((this.#deps.files ?? FILES).hostname, given ?? this.#ownName ?? '');
  }

  #write(file: string | undefined, text: string): void {
    if (file === undefined || text === '' || text.trim() === this.#written.get(file)) return;
    try {
      writeFileSync(file, text);
      this.#written.set(file, text.trim());
    } catch (error) {
      this.#deps.log.warn('cannot write', { file, why: messageOf(error) });
    }
  }
}

function identityOf({ index, mac }: Link): string {
  return `${index} ${mac}`;
}

/** The name of a node nobody has named: stable, and different for every card. */
function nameFromMac(mac: string): string {
  return `plump-${mac.replaceAll(':', '').slice(-6)}`;
}
