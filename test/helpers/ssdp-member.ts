import type { Clock } from '#runtime/base/clock.ts';
import { makeLog } from '#runtime/base/log.ts';
import type { NicStatus } from '#runtime/model/status.ts';
import { type Discovery, type DiscoveryNicStats, type SeenPeer, startDiscovery } from '#runtime/services/discovery.ts';
import { openDeviceSocket } from '#runtime/system/device-socket.ts';
import { newKeys } from '#runtime/system/wireguard-keys.ts';
import type { Lan, LanHost } from './lan.ts';

/** The protocol's clock, ten times as fast: its waits are what these tests would spend their time on. */
export const SPEED = 10;
const clock: Clock = {
  now: () => performance.now() * SPEED,
  wall: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms / SPEED);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
const log = makeLog({ write: () => {}, wall: () => 0 });
/** Secrets of two clusters. */
export const OURS = Buffer.alloc(32, 1);
export const THEIRS = Buffer.alloc(32, 2);

/** A member as discovery sees it: a machine, its NICs, its key, and what it has seen. */
export class SsdpMember implements AsyncDisposable {
  readonly id = newKeys().publicKey;
  readonly seen = new Map<string, SeenPeer>();
  readonly byes: string[] = [];
  /** Addresses of others that somebody listed by hand. */
  sought: string[] = [];
  readonly host: LanHost;
  readonly #nics = new Map<string, NicStatus>();
  readonly #name: string;
  readonly #changed = new Set<() => void>();
  #discovery: Discovery | undefined;

  constructor(lan: Lan, name: string) {
    this.#name = name;
    this.host = lan.host(name);
  }

  async plug(nic: string, segment: number, cidr: string): Promise<void> {
    await this.host.plug(nic, segment, cidr);
    const [address = '', prefix] = cidr.split('/');
    const mac = `02:00:00:00:00:${this.#changed.size}`;
    const facts = { name: nic, mac, driver: 'veth', carrier: true, state: 'BOUND', address, prefix: Number(prefix) };
    this.#nics.set(nic, facts);
    for (const changed of this.#changed) changed();
  }

  async unplug(nic: string): Promise<void> {
    await this.host.unplug(nic);
    this.#nics.delete(nic);
    for (const changed of this.#changed) changed();
  }

  async start(secret: Uint8Array | 'none' = OURS, ownClock = clock): Promise<this> {
    const self = { protocol: 1, publicKey: this.id, port: 51820, name: this.#name, image: 'test' };
    this.#discovery = await startDiscovery(
      {
        nics: { list: () => [...this.#nics.values()], onChange: (changed) => this.#changed.add(changed) },
        secret: secret === 'none' ? undefined : secret,
        self: () => self,
        members: () => 1 + this.seen.size,
        sought: () => this.sought,
        onSeen: (peer) => void this.seen.set(peer.name, peer),
        onBye: (id) => void this.byes.push(id),
        clock: ownClock,
        log,
        openDeviceSocket: (nic, port) => this.host.namespace.run(() => openDeviceSocket(nic, port)),
      },
      new AbortController().signal,
    );
    return this;
  }

  get discovery(): Discovery {
    if (!this.#discovery) throw new Error('not started');
    return this.#discovery;
  }

  nic(name = 'eth0'): DiscoveryNicStats {
    const stats = this.discovery.stats().find(({ nic }) => nic === name);
    if (!stats) throw new Error(`no ${name}`);
    return stats;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#discovery?.[Symbol.asyncDispose]();
  }
}

/** A member on segments 0, 1 … with these addresses, not yet started. */
export async function member(lan: Lan, name: string, ...cidrs: string[]): Promise<SsdpMember> {
  const one = new SsdpMember(lan, name);
  for (const [segment, cidr] of cidrs.entries()) await one.plug(`eth${segment}`, segment, cidr);
  return one;
}
