import { messageOf } from '../base/errors.ts';
import type { DhcpOutput, Lease } from '../core/dhcp/machine.ts';
import type { LeaseTerms } from '../model/dhcp.ts';
import { isLinkLocal } from '../model/ipv4.ts';
import type { UdhcpcEvent } from '../network/dhcp/udhcpc-event.ts';
import type { Link } from '../system/links.ts';
import { ConflictWatch } from './conflict-watch.ts';
import { DhcpClient } from './dhcp-client.ts';
import { freeLinkLocal } from './link-local-address.ts';
import type { NicAddress } from './nic-address.ts';
import type { AddressSource, ManagedNicDeps } from './nic-deps.ts';
import { UdhcpcFallback } from './udhcpc-fallback.ts';

/** Rounds of our own client in vain before busybox's is tried; then after twice as many, and so on. */
const ROUNDS_BEFORE_FALLBACK = 3;
const LINK_LOCAL_PREFIX = 16;

type Report = Parameters<DhcpOutput['report']>[0];
type Lost = Parameters<DhcpOutput['lost']>[1];

/**
 * A lease by DHCP: our own client; where nobody answers it a link-local address meanwhile, and after three rounds
 * busybox's client beside it.
 */
export class LeasedAddress implements AddressSource {
  readonly #deps: ManagedNicDeps;
  readonly #link: Link;
  readonly #address: NicAddress;
  #client: DhcpClient | undefined;
  #fallback: UdhcpcFallback | undefined;
  #conflicts: ConflictWatch | undefined;
  #ended = false;

  /** @param before an address to ask for again */
  constructor(deps: ManagedNicDeps, link: Link, address: NicAddress, before: string | undefined) {
    this.#deps = deps;
    this.#link = link;
    this.#address = address;
    this.#startClient(before);
  }

  get state(): string {
    const { current } = this.#address;
    if (current?.engine === 'udhcpc') return 'BOUND';
    if (current !== undefined && isLinkLocal(current.address)) return 'link-local';
    return this.#client?.machine.state ?? 'STOPPED';
  }

  async end(giveBack: boolean): Promise<void> {
    this.#ended = true;
    const client = this.#client;
    if (giveBack) client?.machine.release();
    const fallback = this.#fallback;
    this.#fallback = undefined;
    // The address stays until the server was told, which only the one who has it can do.
    await Promise.all([
      client?.[Symbol.asyncDispose](),
      giveBack ? fallback?.giveBack() : fallback?.[Symbol.dispose](),
    ]);
    this.#drop();
  }

  #startClient(before: string | undefined): void {
    try {
      this.#client = new DhcpClient(this.#deps, this.#link, this.#deps.hostname, {
        bound: (lease, renewed) => this.#bound(lease, renewed),
        lost: (lease, why) => this.#lost(lease, why),
        report: (what, detail) => this.#report(what, detail),
      });
      this.#client.machine.start(before);
    } catch (error) {
      this.#tell('nic.failed', messageOf(error));
    }
  }

  #bound(lease: Lease, renewed: boolean): void {
    this.#fallback?.[Symbol.dispose]();
    this.#fallback = undefined;
    this.#take(lease, 'plumpos', lease.from + lease.leaseSeconds * 1000);
    if (!renewed) this.#announce(lease, 'plumpos');
  }

  #take(terms: LeaseTerms, engine: 'plumpos' | 'udhcpc', ends: number): void {
    const { address, prefix, routes, mtu } = terms;
    this.#address.take({ address, prefix, routes, ends, engine, terms, ...(mtu === undefined ? {} : { mtu }) });
  }

  #announce({ address, prefix, server }: LeaseTerms, engine: string): void {
    const by = engine === 'plumpos' ? '' : `, got by busybox's client`;
    this.#tell('nic.lease', `${address}/${prefix} from ${server}${by}`, { address, server, engine });
    this.#watchConflicts(address);
  }

  #watchConflicts(address: string): void {
    this.#conflicts?.[Symbol.dispose]();
    this.#conflicts = undefined;
    const { name: nic, mac } = this.#link;
    try {
      this.#conflicts = new ConflictWatch({ nic, mac, address }, this.#deps.clock, () =>
        this.#client?.machine.conflict(),
      );
    } catch (error) {
      this.#deps.log.debug('conflicts are not watched', { nic, why: messageOf(error) });
    }
  }

  #lost({ address }: Lease, why: Lost): void {
    if (why === 'released' || (why === 'no-link' && this.#ended)) return;
    this.#drop();
    this.#tell('nic.lease-lost', `${address} is no longer ours (${why})`, { address, why });
  }

  #drop(): void {
    this.#conflicts?.[Symbol.dispose]();
    this.#conflicts = undefined;
    this.#address.drop();
  }

  #report(what: Report, detail: string): void {
    if (what === 'conflict') this.#tell('nic.conflict', `somebody else uses ${detail}; declined`, { address: detail });
    else if (what === 'nak') this.#refused(detail);
    else
      this.#inVain(
        what === 'no-answer' ? `the DHCP server ${detail} offers but does not confirm` : 'no DHCP server answers',
      );
  }

  #refused(reason: string): void {
    this.#tell('nic.nak', `the server refused our address${reason && ` (${reason})`}`);
    // What an agent before this one left here is refused with it.
    if (this.#address.current === undefined) this.#drop();
  }

  #inVain(why: string): void {
    const rounds = this.#client?.machine.rounds ?? 0;
    if (rounds === 1) this.#tell('nic.no-server', `${why}; a link-local address serves until one does`);
    if (this.#address.current === undefined) void this.#takeLinkLocal();
    if (isTurnOfFallback(rounds) && !this.#fallback) this.#startFallback();
  }

  async #takeLinkLocal(): Promise<void> {
    const address = await freeLinkLocal(this.#link, this.#deps.clock);
    if (address === undefined || this.#ended || this.#address.current) return;
    this.#address.take({ address, prefix: LINK_LOCAL_PREFIX, routes: [], ends: Number.POSITIVE_INFINITY });
  }

  #startFallback(): void {
    const { hostname, scratch, udhcpc, clock } = this.#deps;
    const nic = this.#link.name;
    this.#tell('nic.fallback', `trying busybox's DHCP client`);
    const fallback = new UdhcpcFallback({
      nic,
      hostname,
      clock,
      script: `${scratch}/udhcpc-${nic}`,
      program: udhcpc,
      onEvent: (event) => this.#heard(event),
      onEnd: () => {
        if (this.#fallback === fallback) this.#fallbackEnded();
      },
    });
    this.#fallback = fallback;
  }

  #heard(event: UdhcpcEvent): void {
    const had = this.#address.current?.engine === 'udhcpc' ? this.#address.current : undefined;
    if (event.kind === 'none') {
      if (!had) return;
      this.#drop();
      return this.#tell('nic.lease-lost', `${had.address} is no longer ours`, { address: had.address });
    }
    const { terms } = event;
    void this.#client?.[Symbol.asyncDispose]();
    this.#client = undefined;
    this.#take(terms, 'udhcpc', this.#deps.clock.now() + terms.leaseSeconds * 1000);
    if (had?.address !== terms.address) this.#announce(terms, 'udhcpc');
  }

  /** It found nobody either; or it had a lease and died: our own client goes on, asking for the same address. */
  #fallbackEnded(): void {
    this.#fallback = undefined;
    if (!this.#client && !this.#ended) this.#startClient(this.#address.current?.address);
  }

  #tell(event: string, text: string, fields: Record<string, unknown> = {}): void {
    const nic = this.#link.name;
    this.#deps.publish(event, `${nic}: ${text}`, { nic, ...fields });
  }
}

function isTurnOfFallback(rounds: number): boolean {
  return Number.isInteger(Math.log2(rounds / ROUNDS_BEFORE_FALLBACK)) && rounds >= ROUNDS_BEFORE_FALLBACK;
}
