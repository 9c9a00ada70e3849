import { messageOf } from '../base/errors.ts';
import type { StaticAddress } from '../model/static-address.ts';
import type { Link } from '../system/links.ts';
import { addressInUse } from './address-probe.ts';
import type { NicAddress } from './nic-address.ts';
import type { AddressSource, ManagedNicDeps } from './nic-deps.ts';

const LOOK_AGAIN_MS = 10_000;

/** An address somebody chose. Not used while another machine has it: both would be lost to the network. */
export class FixedAddress implements AddressSource {
  readonly #deps: ManagedNicDeps;
  readonly #link: Link;
  readonly #address: NicAddress;
  readonly #chosen: StaticAddress;
  #timer: Disposable | undefined;
  #conflict = false;
  #ended = false;

  constructor(deps: ManagedNicDeps, link: Link, address: NicAddress, chosen: StaticAddress) {
    this.#deps = deps;
    this.#link = link;
    this.#address = address;
    this.#chosen = chosen;
    void this.#begin();
  }

  get state(): string {
    return this.#conflict ? 'conflict' : 'static';
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#timer?.[Symbol.dispose]();
    this.#address.drop();
  }

  async #begin(): Promise<void> {
    const { name: nic, mac } = this.#link;
    const { address, prefix } = this.#chosen;
    const taken = await addressInUse(nic, mac, address, this.#deps.clock).catch((error: unknown) => {
      this.#deps.log.debug('the address was not probed', { nic, why: messageOf(error) });
      return false;
    });
    if (this.#ended) return;
    if (taken) return this.#isTaken();
    this.#conflict = false;
    const via = this.#chosen.gateway;
    const routes = via === undefined ? [] : [{ to: '0.0.0.0/0', via }];
    this.#address.take({ address, prefix, routes, ends: Number.POSITIVE_INFINITY });
    this.#deps.publish('nic.static', `${nic}: ${address}/${prefix}, fixed`, { nic, address });
  }

  #isTaken(): void {
    const nic = this.#link.name;
    const { address } = this.#chosen;
    if (!this.#conflict)
      this.#deps.publish('nic.conflict', `${nic}: somebody else uses ${address}; waiting until it is free`, {
        nic,
        address,
      });
    this.#conflict = true;
    this.#timer = this.#deps.clock.after(LOOK_AGAIN_MS, () => void this.#begin());
    this.#deps.onChange();
  }
}
