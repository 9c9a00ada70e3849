import { messageOf } from '../base/errors.ts';
import type { Lease } from '../core/dhcp/machine.ts';
import { linkLocalCandidate } from '../core/dhcp/link-local.ts';
import type { LeaseTerms } from '../model/dhcp.ts';
import type { StaticAddress } from '../model/static-address.ts';
import type { NicStatus } from '../model/status.ts';
import { linkUp, removeAddress, setAddress, settleSysctls } from '../system/addresses.ts';
import type { Link } from '../system/links.ts';
import { addressInUse } from './address-probe.ts';
import { DhcpClient } from './dhcp-client.ts';
import type { NicDeps } from './nic-deps.ts';
import { UdhcpcFallback } from './udhcpc-fallback.ts';

/** What a managed NIC is told beside {@link NicDeps}. */
export interface ManagedNicDeps extends NicDeps {
  readonly hostname: string;
  /** Folder for small files of ours. */
  readonly scratch: string;
  /** How busybox's client is called. */
  readonly udhcpc: readonly string[];
  onChange(): void;
}

/** How a NIC is to get its address. */
export type NicPlan = { readonly kind: 'dhcp' | 'none' } | ({ readonly kind: 'static' } & StaticAddress);

/** Rounds of our own client without an offer before busybox's is tried. */
const ROUNDS_BEFORE_FALLBACK = 3;
/** Of routes over NIC n: 100 + n, so that the first card wins. */
const METRIC = 100;
const LINK_LOCAL_TRIES = 10;

interface InForce {
  readonly address: string;
  readonly prefix: number;
  /** Clock time in ms at which it ends. */
  readonly ends: number;
  readonly engine?: 'plumpos' | 'udhcpc';
  readonly terms?: LeaseTerms;
}

/** One network card of a node: link, DHCP client or fixed address, and what the kernel is told of it. */
export class ManagedNic implements AsyncDisposable {
  readonly #deps: ManagedNicDeps;
  #link: Link;
  #plan: NicPlan;
  #client: DhcpClient | undefined;
  #fallback: UdhcpcFallback | undefined;
  #inForce: InForce | undefined;
  #linkLocal: string | undefined;
  /** The address of the last lease: asked for again when the cable comes back. */
  #before: string | undefined;
  #closed = false;
  /** What the kernel is told, in order. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(deps: ManagedNicDeps, link: Link, plan: NicPlan) {
    this.#deps = deps;
    this.#link = { ...link, carrier: false };
    this.#plan = plan;
    settleSysctls(link.name);
    this.#tell(async () => {
      await linkUp(deps.run, link.name);
      this.linkChanged(link);
    });
  }

  get index(): number {
    return this.#link.index;
  }

  /** Names servers and the like of the lease in force. */
  get terms(): LeaseTerms | undefined {
    return this.#inForce?.terms;
  }

  status(): NicStatus {
    const { name, mac, driver, carrier } = this.#link;
    const { address, prefix, engine, terms, ends } = this.#inForce ?? {};
    const left = ends === undefined ? Number.NaN : Math.round((ends - this.#deps.clock.now()) / 1000);
    const router = terms?.routes.find((route) => route.to === '0.0.0.0/0')?.via;
    return {
      name,
      mac,
      driver,
      carrier,
      state: this.#state(),
      ...(address === undefined || prefix === undefined ? {} : { address, prefix }),
      ...(router === undefined ? {} : { router }),
      ...(terms === undefined ? {} : { server: terms.server }),
      ...(engine === undefined ? {} : { engine }),
      ...(Number.isFinite(left) ? { leftSeconds: left } : {}),
    };
  }

  /** The kernel shows the card anew: cable in or out. */
  linkChanged(link: Link): void {
    const before = this.#link.carrier;
    this.#link = link;
    if (this.#closed || before === link.carrier) return;
    this.#deps.publish(
      link.carrier ? 'nic.link-up' : 'nic.link-down',
      `${link.name}: cable ${link.carrier ? 'in' : 'out'}`,
      { nic: link.name },
    );
    if (link.carrier) this.#begin();
    else this.#end();
    this.#deps.onChange();
  }

  /** Gives the NIC another plan: a fixed address typed by somebody. */
  replan(plan: NicPlan): void {
    this.#end();
    this.#plan = plan;
    if (this.#link.carrier) this.#begin();
    this.#deps.onChange();
  }

  /** Gives the lease back and takes the address away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#client?.machine.release();
    this.#end();
    await this.#work;
  }

  #state(): string {
    if (!this.#link.carrier) return 'no-link';
    if (this.#plan.kind === 'static') return 'static';
    if (this.#fallback && this.#inForce?.engine === 'udhcpc') return 'BOUND';
    const state = this.#client?.machine.state ?? 'none';
    return this.#linkLocal !== undefined && this.#inForce?.terms === undefined ? `${state} (link-local)` : state;
  }

  #begin(): void {
    const plan = this.#plan;
    if (plan.kind === 'static') {
      const routes = plan.gateway === undefined ? [] : [{ to: '0.0.0.0/0', via: plan.gateway }];
      this.#set({ ...plan, seconds: Number.POSITIVE_INFINITY, routes });
      this.#inForce = { ...plan, ends: Number.POSITIVE_INFINITY };
      this.#deps.publish('nic.static', `${this.#link.name}: ${plan.address}/${plan.prefix}, fixed`, {
        nic: this.#link.name,
      });
    } else if (plan.kind === 'dhcp') this.#startClient();
  }

  #startClient(): void {
    try {
      this.#client = new DhcpClient(this.#deps, this.#link, this.#deps.hostname, {
        bound: (lease, renewed) => this.#bound(lease, renewed),
        lost: (lease, why) => this.#lost(lease, why),
        report: (what, detail) => this.#report(what, detail),
      });
      this.#client.machine.start(this.#before);
    } catch (error) {
      this.#deps.publish('nic.failed', `${this.#link.name}: ${messageOf(error)}`, { nic: this.#link.name });
    }
  }

  /** No address any more, for whatever reason. */
  #end(): void {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
    this.#stopFallback();
    this.#clear();
  }

  #stopFallback(): void {
    const fallback = this.#fallback;
    this.#fallback = undefined;
    fallback?.[Symbol.dispose]();
  }

  #bound(lease: Lease, renewed: boolean): void {
    this.#stopFallback();
    const ends = lease.from + lease.leaseSeconds * 1000;
    this.#accept(lease, 'plumpos', ends, renewed);
  }

  #accept(terms: LeaseTerms, engine: 'plumpos' | 'udhcpc', ends: number, renewed: boolean): void {
    const nic = this.#link.name;
    if (this.#inForce?.address !== terms.address) this.#clear();
    this.#before = terms.address;
    const { address, prefix } = terms;
    this.#inForce = { address, prefix, ends, engine, terms };
    const seconds = (ends - this.#deps.clock.now()) / 1000;
    this.#set({ ...terms, seconds });
    if (!renewed)
      this.#deps.publish('nic.lease', `${nic}: ${address}/${prefix} from ${terms.server}`, {
        nic,
        address,
        server: terms.server,
        engine,
      });
    this.#tell(async () => this.#deps.onChange());
  }

  #lost(lease: Lease, why: string): void {
    const nic = this.#link.name;
    this.#clear();
    this.#deps.publish('nic.lease-lost', `${nic}: ${lease.address} is no longer ours (${why})`, {
      nic,
      address: lease.address,
      why,
    });
    if (why !== 'no-link') this.#before = undefined;
    this.#deps.onChange();
  }

  #report(what: string, detail: string): void {
    const nic = this.#link.name;
    if (what === 'conflict')
      this.#deps.publish('nic.conflict', `${nic}: somebody else uses ${detail}; declined`, { nic, address: detail });
    else if (what === 'nak')
      this.#deps.publish('nic.nak', `${nic}: the server refused our address${detail && ` (${detail})`}`, { nic });
    else if (what === 'no-offer') this.#noOffer();
  }

  #noOffer(): void {
    const nic = this.#link.name;
    const rounds = this.#client?.machine.rounds ?? 0;
    if (rounds === 1)
      this.#deps.publish('nic.no-server', `${nic}: no DHCP server answers; using a link-local address until one does`, {
        nic,
      });
    if (this.#linkLocal === undefined) void this.#takeLinkLocal();
    if (rounds % ROUNDS_BEFORE_FALLBACK === 0 && !this.#fallback) this.#startFallback();
  }

  #startFallback(): void {
    const nic = this.#link.name;
    this.#deps.publish('nic.fallback', `${nic}: trying busybox's DHCP client`, { nic });
    const fallback = new UdhcpcFallback(
      nic,
      this.#deps.hostname,
      `${this.#deps.scratch}/udhcpc-${nic}`,
      this.#deps.udhcpc,
      (terms) => {
        if (this.#fallback !== fallback) return;
        const renewed = this.#inForce?.engine === 'udhcpc';
        this.#client?.[Symbol.dispose]();
        this.#client = undefined;
        this.#accept(terms, 'udhcpc', this.#deps.clock.now() + terms.leaseSeconds * 1000, renewed);
      },
      () => {
        if (this.#fallback !== fallback) return;
        this.#fallback = undefined;
        // It had the lease and died: our own client goes on, asking for the same address.
        if (!this.#client && this.#link.carrier && !this.#closed) this.#startClient();
      },
    );
    this.#fallback = fallback;
  }

  /** RFC 3927: an address of one's own choosing, as long as there is no server. */
  async #takeLinkLocal(): Promise<void> {
    const { name, mac } = this.#link;
    this.#linkLocal = '';
    for (let attempt = 0; attempt < LINK_LOCAL_TRIES; attempt++) {
      const address = linkLocalCandidate(mac, attempt);
      const taken = await addressInUse(name, mac, address, this.#deps.clock).catch(() => true);
      if (this.#inForce || this.#closed || !this.#link.carrier) break;
      if (taken) continue;
      this.#linkLocal = address;
      this.#inForce = { address, prefix: 16, ends: Number.POSITIVE_INFINITY };
      this.#set({ address, prefix: 16, seconds: Number.POSITIVE_INFINITY, routes: [] });
      this.#tell(async () => this.#deps.onChange());
      return;
    }
    this.#linkLocal = undefined;
  }

  #set(setting: Omit<Parameters<typeof setAddress>[2], 'metric'>): void {
    const { name, index } = this.#link;
    this.#tell(() => setAddress(this.#deps.run, name, { ...setting, metric: METRIC + index }));
  }

  #clear(): void {
    const old = this.#inForce;
    this.#inForce = undefined;
    this.#linkLocal = undefined;
    if (old) this.#tell(() => removeAddress(this.#deps.run, this.#link.name, old.address, old.prefix));
  }

  #tell(action: () => Promise<unknown>): void {
    this.#work = this.#work.then(action).catch((error: unknown) => {
      this.#deps.log.warn('the kernel refused', { nic: this.#link.name, why: messageOf(error) });
    });
  }
}
