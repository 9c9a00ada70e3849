import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { DhcpRoute, LeaseTerms } from '../model/dhcp.ts';
import { readAddresses, removeAddress, type SetAddress, setAddress } from '../system/addresses.ts';
import type { RunCommand } from '../system/run-command.ts';

/** The address of a NIC and what came with it. */
export interface Grant {
  readonly address: string;
  readonly prefix: number;
  readonly routes: readonly DhcpRoute[];
  /** Clock time in ms at which it ends. */
  readonly ends: number;
  readonly mtu?: number;
  /** Of a lease: what got it, and all its terms. */
  readonly engine?: 'plumpos' | 'udhcpc';
  readonly terms?: LeaseTerms;
}

/** What keeping an address needs. */
export interface NicAddressDeps {
  readonly nic: string;
  /** Of its routes: the lower wins. */
  readonly metric: number;
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly log: Log;
  /** The kernel has, or has no more, what {@link NicAddress.current} says. */
  onChange(): void;
}

/** The one address of a NIC: what is in force, and that the kernel has exactly that. */
export class NicAddress {
  readonly #deps: NicAddressDeps;
  #current: Grant | undefined;
  /** Addresses that an agent before this one left: kept until it is known which one is ours. */
  #left: readonly SetAddress[] = [];
  /** What the kernel is told, in order. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(deps: NicAddressDeps) {
    this.#deps = deps;
  }

  get current(): Grant | undefined {
    return this.#current;
  }

  /** Looks what an agent that died left here. Gives the address of its lease, to be asked for again. */
  async adopt(): Promise<string | undefined> {
    const { run, nic } = this.#deps;
    this.#left = await readAddresses(run, nic).catch(() => []);
    return this.#left.find(({ leased }) => leased)?.address;
  }

  /** Puts an address in force, in place of any other. */
  take(grant: Grant): void {
    const { run, nic, metric, clock } = this.#deps;
    const old = this.#current;
    this.#current = grant;
    const same = old?.address === grant.address && old.prefix === grant.prefix;
    if (old && !same) this.#remove(old);
    this.#dropLeft(grant);
    this.#tell(() => setAddress(run, nic, { ...grant, metric, seconds: (grant.ends - clock.now()) / 1000 }));
  }

  /** No address from now on. */
  drop(): void {
    const old = this.#current;
    this.#current = undefined;
    this.#dropLeft(undefined);
    if (old) this.#remove(old);
  }

  /** Waits until the kernel has been told everything. */
  async settled(): Promise<void> {
    await this.#work;
  }

  #dropLeft(except: Grant | undefined): void {
    for (const one of this.#left)
      if (one.address !== except?.address || one.prefix !== except.prefix) this.#remove(one);
    this.#left = [];
  }

  #remove({ address, prefix }: { readonly address: string; readonly prefix: number }): void {
    this.#tell(() => removeAddress(this.#deps.run, this.#deps.nic, address, prefix));
  }

  #tell(action: () => Promise<void>): void {
    const { log, nic, onChange } = this.#deps;
    this.#work = this.#work
      .then(action)
      .catch((error: unknown) => log.warn('the kernel refused', { nic, why: messageOf(error) }))
      .then(() => onChange());
  }
}
