import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Clock } from '../base/clock.ts';
import { PlumpError } from '../base/errors.ts';
import type { Check, NicStatus } from '../model/status.ts';
import { isEthernetLike } from '../system/ethernet-like.ts';

const LOOK_MS = 1000;

/** NICs that somebody else manages, looked at now and then. Nothing is ever changed on them. */
export class ObservedNics implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #observed = look();
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#again();
  }

  list(): readonly NicStatus[] {
    return this.#observed.nics;
  }

  checks(): Check[] {
    return observedChecks(this.#observed);
  }

  /** @throws PlumpError PLUMP_DENIED always */
  async setAddress(nic: string, _cidr?: string, _gateway?: string): Promise<void> {
    throw new PlumpError('PLUMP_DENIED', `the addresses of this PC are its owner's: ${nic} is left alone`);
  }

  onChange(changed: () => void): void {
    this.#listeners.add(changed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
  }

  #again(): void {
    this.#timer = this.#clock.after(LOOK_MS, () => {
      const before = JSON.stringify(this.#observed);
      this.#observed = look();
      if (JSON.stringify(this.#observed) !== before) for (const listener of this.#listeners) listener();
      this.#again();
    });
  }
}

/** Interfaces of a head that have an IPv4 address. */
export interface Observed {
  readonly nics: readonly NicStatus[];
  /** Interfaces that have an address, but lead to no LAN by a network card. */
  readonly leftOut: readonly string[];
}

/** What of these interfaces (as os.networkInterfaces() gives them) members are met on. */
export function observe(
  interfaces: NodeJS.Dict<os.NetworkInterfaceInfo[]>,
  isLan: (name: string) => boolean,
): Observed {
  const all = Object.entries(interfaces).flatMap(([name, addresses = []]) => {
    const ipv4 = addresses.find((one) => one.family === 'IPv4');
    return ipv4 === undefined || ipv4.internal ? [] : [{ name, ipv4 }];
  });
  return {
    nics: all.flatMap(({ name, ipv4 }) => (isLan(name) ? [nicOf(name, ipv4)] : [])),
    leftOut: all.flatMap(({ name }) => (isLan(name) ? [] : [name])),
  };
}

function nicOf(name: string, { mac, address, cidr }: os.NetworkInterfaceInfo): NicStatus {
  const prefix = Number(cidr?.split('/')[1] ?? 32);
  return { name, mac, driver: '', carrier: carrier(name), state: 'unmanaged', address, prefix };
}

function look(): Observed {
  return observe(os.networkInterfaces(), isEthernetLike);
}

/** Why there is none; the addresses are the owner's, so that nothing else can be wrong with them. */
export function observedChecks({ nics, leftOut }: Observed): Check[] {
  if (nics.length > 0) return [];
  const others =
    leftOut.length === 0
      ? 'no interface has one'
      : `${leftOut.join(', ')} lead${leftOut.length === 1 ? 's' : ''} to no card`;
  const wanted = 'an IPv4 address on a network card (or on a bridge, bond or VLAN over one) is needed';
  return [{ name: 'network', ok: false, text: `${wanted}: ${others}` }];
}

function carrier(name: string): boolean {
  try {
    return readFileSync(`/sys/class/net/${name}/carrier`, 'latin1').trim() === '1';
  } catch {
    return false;
  }
}
