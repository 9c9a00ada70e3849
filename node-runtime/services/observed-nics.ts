import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import type { Clock } from '../base/clock.ts';
import { PlumpError } from '../base/errors.ts';
import type { Check, NicStatus } from '../model/status.ts';

const LOOK_MS = 1000;

/** NICs that somebody else manages, looked at now and then. Nothing is ever changed on them. */
export class ObservedNics implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #nics: readonly NicStatus[] = look();
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#again();
  }

  list(): readonly NicStatus[] {
    return this.#nics;
  }

  /** Nobody asked us for an address, so nothing can be wrong with it. */
  checks(): Check[] {
    return [];
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
      const before = JSON.stringify(this.#nics);
      this.#nics = look();
      if (JSON.stringify(this.#nics) !== before) for (const listener of this.#listeners) listener();
      this.#again();
    });
  }
}

function look(): NicStatus[] {
  return Object.entries(os.networkInterfaces()).flatMap(([name, addresses = []]) => {
    const ipv4 = addresses.find((one) => one.family === 'IPv4');
    // Bridges, tunnels and the like have no device behind them.
    if (ipv4 === undefined || ipv4.internal || !existsSync(`/sys/class/net/${name}/device`)) return [];
    const prefix = Number(ipv4.cidr?.split('/')[1] ?? 32);
    return [
      {
        name,
        mac: ipv4.mac,
        driver: '',
        carrier: carrier(name),
        state: 'unmanaged',
        address: ipv4.address,
        prefix,
      },
    ];
  });
}

function carrier(name: string): boolean {
  try {
    return readFileSync(`/sys/class/net/${name}/carrier`, 'latin1').trim() === '1';
  } catch {
    return false;
  }
}
