import { messageOf } from '../base/errors.ts';
import type { LeaseTerms } from '../model/dhcp.ts';
import type { StaticAddress } from '../model/static-address.ts';
import type { NicStatus } from '../model/status.ts';
import { linkUp, settleSysctls } from '../system/addresses.ts';
import type { Link } from '../system/links.ts';
import { FixedAddress } from './fixed-address.ts';
import { LeasedAddress } from './leased-address.ts';
import { NicAddress } from './nic-address.ts';
import type { AddressSource, ManagedNicDeps } from './nic-deps.ts';

/** How a NIC is to get its address; `none`: not at all. */
export type NicPlan = { readonly kind: 'dhcp' | 'none' } | ({ readonly kind: 'static' } & StaticAddress);

/** Of routes over NIC n: 100 + n, so that the first card wins. */
const METRIC = 100;

/** One network card of a node: its cable, and where its address comes from. */
export class ManagedNic implements AsyncDisposable {
  readonly #deps: ManagedNicDeps;
  readonly #address: NicAddress;
  /** As acted upon, and as last seen. */
  #link: Link;
  #seen: Link;
  #plan: NicPlan;
  #source: AddressSource | undefined;
  /** The address of the last lease: asked for again when the cable comes back. */
  #before: string | undefined;
  #prepared = false;
  #closed = false;
  /** One source ends before the next one begins. */
  #turn: Promise<void>;

  constructor(deps: ManagedNicDeps, link: Link, plan: NicPlan) {
    const { run, clock, log } = deps;
    this.#deps = deps;
    this.#link = { ...link, carrier: false };
    this.#seen = link;
    this.#plan = plan;
    this.#address = new NicAddress({
      nic: link.name,
      metric: METRIC + link.index,
      run,
      clock,
      log,
      onChange: () => this.#changed(),
    });
    this.#turn = this.#prepare();
  }

  /** What tells this card from one that took its name. */
  get identity(): string {
    return `${this.#link.index} ${this.#link.mac}`;
  }

  /** Name servers and the like of the lease in force. */
  get terms(): LeaseTerms | undefined {
    return this.#address.current?.terms;
  }

  status(): NicStatus {
    const { name, mac, driver, carrier } = this.#link;
    const { address, prefix, engine, terms, ends, routes } = this.#address.current ?? {};
    const left = ends === undefined ? Number.NaN : Math.round((ends - this.#deps.clock.now()) / 1000);
    const router = routes?.find((route) => route.to === '0.0.0.0/0')?.via;
    return {
      name,
      mac,
      driver,
      carrier,
      state: carrier ? (this.#source?.state ?? 'off') : 'no-link',
      ...(address === undefined || prefix === undefined ? {} : { address, prefix }),
      ...(router === undefined ? {} : { router }),
      ...(terms === undefined ? {} : { server: terms.server }),
      ...(engine === undefined ? {} : { engine }),
      ...(Number.isFinite(left) ? { leftSeconds: left } : {}),
    };
  }

  /** The kernel shows the card anew: cable in or out. */
  linkChanged(link: Link): void {
    this.#seen = link;
    const before = this.#link.carrier;
    if (!this.#prepared || this.#closed || before === link.carrier) return;
    this.#link = link;
    const [event, what] = link.carrier ? ['nic.link-up', 'in'] : ['nic.link-down', 'out'];
    this.#deps.publish(event, `${link.name}: cable ${what}`, { nic: link.name });
    this.#restart(false);
    this.#changed();
  }

  /** Gives the NIC another plan: a fixed address typed by somebody. */
  replan(plan: NicPlan): void {
    this.#plan = plan;
    this.#restart(true);
  }

  /** Gives the lease back and takes the address away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#restart(true);
    await this.#turn;
    await this.#address.settled();
  }

  async #prepare(): Promise<void> {
    const { name } = this.#link;
    settleSysctls(name);
    this.#before = await this.#address.adopt();
    try {
      await linkUp(this.#deps.run, name);
    } catch (error) {
      this.#deps.publish('nic.failed', `${name}: ${messageOf(error)}`, { nic: name });
    }
    this.#prepared = true;
    this.linkChanged(this.#seen);
  }

  /** Ends what is and begins what is planned, as far as there is a cable. */
  #restart(giveBack: boolean): void {
    const before = this.#turn;
    this.#turn = (async () => {
      await before;
      try {
        await this.#next(giveBack);
      } catch (error) {
        this.#deps.log.warn('a network card could not be set up', { nic: this.#link.name, why: messageOf(error) });
      }
    })();
  }

  async #next(giveBack: boolean): Promise<void> {
    const { current } = this.#address;
    if (current?.engine !== undefined) this.#before = current.address;
    const source = this.#source;
    this.#source = undefined;
    await source?.end(giveBack);
    if (!this.#closed && this.#link.carrier) this.#source = this.#begin();
    this.#changed();
  }

  #begin(): AddressSource | undefined {
    const plan = this.#plan;
    if (plan.kind === 'static') return new FixedAddress(this.#deps, this.#link, this.#address, plan);
    if (plan.kind === 'dhcp') return new LeasedAddress(this.#deps, this.#link, this.#address, this.#before);
    this.#address.drop();
    return undefined;
  }

  #changed(): void {
    if (!this.#closed) this.#deps.onChange();
  }
}
