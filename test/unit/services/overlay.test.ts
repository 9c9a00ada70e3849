import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { makeLog } from '#runtime/base/log.ts';
import { overlayAddress, overlayPrefix } from '#runtime/model/overlay-address.ts';
import type { NicStatus } from '#runtime/model/status.ts';
import { type Overlay, startOverlay } from '#runtime/services/overlay.ts';
import type { RunCommand } from '#runtime/system/run-command.ts';
import { keysOf, newKeys } from '#runtime/system/wireguard-keys.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const SECRET = Buffer.alloc(32, 1);
const PREFIX = overlayPrefix(SECRET);
const log = makeLog({ write: () => {}, wall: () => 0 });

/** `ip`, `wg` and `nft` as far as the overlay uses them: keeps the device's state and every command it was given. */
class FakeLinux {
  readonly commands: string[] = [];
  readonly inputs: string[] = [];
  readonly taken = new Set<number>();
  peers = new Map<string, { endpoint: string; psk: string; allowed: string }>();
  device: { key: string; port: number; up: boolean; address: string } | undefined;
  hasWireGuard = true;
  hasFilter = true;

  readonly run: RunCommand = async (file, args, { input = '' } = {}) => {
    this.commands.push([file, ...args].join(' '));
    this.inputs.push(input);
    if (file === 'nft' && !this.hasFilter) throw this.#failed('nft', 'Protocol not supported');
    if (file === 'ip') return this.#ip(args.join(' '), input);
    if (file === 'wg') return this.#wg(args, input);
    return '';
  };

  #ip(words: string, input: string): string {
    if (words.startsWith('link add')) {
      if (!this.hasWireGuard) throw this.#failed('ip', 'Error: Unknown device type.');
      this.device = { key: '', port: 0, up: false, address: '' };
      this.peers.clear();
    }
    if (words === 'link del plump0') {
      if (!this.device) throw this.#failed('ip', 'Cannot find device "plump0"');
      this.device = undefined;
    }
    if (words === '-batch -' && this.device) this.device.address = /addr replace (\S+)/.exec(input)?.[1] ?? '';
    if (words === 'link set plump0 up' && this.device) {
      if (this.taken.has(this.device.port)) throw this.#failed('ip', 'RTNETLINK answers: Address already in use');
      this.device.up = true;
    }
    return words.includes('addr show') && this.device?.up
      ? `5: plump0    inet6 ${this.device.address} scope global`
      : '';
  }

  #wg(args: readonly string[], input: string): string {
    if (!this.device) throw this.#failed('wg', 'No such device');
    const [verb = '', , what = '', value = ''] = args;
    if (verb === 'set' && what === 'private-key') this.device.key = keysOf(input.trim()).publicKey;
    if (verb === 'set' && what === 'listen-port') this.device.port = Number(value);
    if (verb === 'set' && what === 'peer')
      args.forEach((word, i) => word === 'peer' && this.peers.delete(args[i + 1] ?? ''));
    if (verb === 'addconf') for (const section of input.split('[Peer]').slice(1)) this.#peer(section);
    return verb === 'show' ? this.#dump() : '';
  }

  #peer(section: string): void {
    const field = (name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(section)?.[1];
    const key = field('PublicKey') ?? '';
    const endpoint = field('Endpoint') ?? this.peers.get(key)?.endpoint ?? '(none)';
    this.peers.set(key, { endpoint, psk: field('PresharedKey') ?? '', allowed: field('AllowedIPs') ?? '' });
  }

  #dump(): string {
    const lines = [...this.peers].map(([key, { endpoint, psk, allowed }]) =>
      [key, psk, endpoint, allowed, '0', '0', '0', 'off'].join('\t'),
    );
    return `${[['secret', this.device?.key, this.device?.port, 'off'].join('\t'), ...lines].join('\n')}\n`;
  }

  #failed(file: string, words: string): PlumpError {
    return new PlumpError('PLUMP_TOOL', `${file}: ${words}`);
  }
}

interface Bench {
  readonly linux: FakeLinux;
  readonly clock: VirtualClock;
  readonly folder: string;
  nics: NicStatus[];
  nicsChanged(): void;
  start(secret?: Uint8Array, clock?: VirtualClock): Promise<Overlay>;
  /** Lets the overlay's own work, which waits for programs, come to an end. */
  settle(ms?: number): Promise<void>;
}

function bench(t: ExecutionContext): Bench {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-overlay-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const linux = new FakeLinux();
  const clock = new VirtualClock();
  const listeners: (() => void)[] = [];
  const self: Bench = {
    linux,
    clock,
    folder,
    nics: [nic('eth0', '10.0.0.1')],
    nicsChanged: () => listeners.forEach((changed) => changed()),
    start: (secret = SECRET, ownClock = clock) =>
      startOverlay(
        {
          secret,
          nics: { list: () => self.nics, onChange: (changed) => listeners.push(changed) },
          clock: ownClock,
          log,
          system: {
            run: linux.run,
            write: (file, value) => void linux.commands.push(`write ${value} ${file}`),
            openNamespace: (file) => ({ fresh: false, path: file, run: (action) => action(), [Symbol.dispose]() {} }),
            removeNamespace: (file) => void linux.commands.push(`remove ${file}`),
            namespaceFile: '/run/netns/plumpos',
            keyFile: path.join(folder, 'wireguard.key'),
          },
        },
        new AbortController().signal,
      ),
    settle: async (ms = 100) => {
      clock.pass(ms);
      for (let i = 0; i < 10; i++) await new Promise((resolve) => void setImmediate(resolve));
    },
  };
  return self;
}

function nic(name: string, address: string): NicStatus {
  return { name, mac: '', driver: '', carrier: true, state: 'BOUND', address, prefix: 24 };
}

function peer(...addresses: string[]) {
  const id = newKeys().publicKey;
  const endpoints = addresses.map((address) => ({ address, prefix: 24, port: 51820 }));
  return { id, overlay: overlayAddress(PREFIX, id), endpoints };
}

test('plump0 is made in the main namespace, moved, given its address, filtered, and only then up', async (t) => {
  const { linux, start, folder } = bench(t);
  const overlay = await start();
  const steps = linux.commands.filter((command) => !/show|del|-t list/.test(command));
  t.deepEqual(steps, [
    'nft -f /proc/self/fd/0',
    'ip link add plump0 type wireguard',
    'wg set plump0 private-key /proc/self/fd/0',
    'ip link set plump0 netns /run/netns/plumpos',
    'write 0 /proc/sys/net/ipv6/conf/plump0/disable_ipv6',
    'ip -batch -',
    'wg set plump0 listen-port 51820',
    'ip link set plump0 up',
  ]);
  t.is(linux.device?.address, `${overlay.self.overlay}/64`);
  t.is(linux.device?.key, overlay.self.id);
  t.is(overlay.self.port, 51820);
  t.is(statSync(path.join(folder, 'wireguard.key')).mode & 0o777, 0o600);
  t.regex(
    linux.inputs.join('\n'),
    new RegExp(`policy drop;[^]*ip6 saddr ${PREFIX}::/64 udp dport { 7901, 7903 } accept`),
  );
  const key = readFileSync(path.join(folder, 'wireguard.key'), 'utf8').trim();
  t.false(
    linux.commands.some((command) => command.includes(key)),
    'no key in arguments',
  );
});

test('a taken port is skipped, and the one got is announced', async (t) => {
  const { linux, start } = bench(t);
  linux.taken.add(51820).add(51821);
  t.is((await start()).self.port, 51822);
});

test('an agent started again is the same member, and its peers notice nothing', async (t) => {
  const { linux, start, settle } = bench(t);
  const dead = new VirtualClock();
  const first = await start(SECRET, dead);
  const friend = peer('10.0.0.2');
  linux.peers.set(friend.id, { endpoint: '10.0.0.2:51820', psk: 'x', allowed: friend.overlay });
  linux.commands.length = 0;
  const second = await start();
  t.deepEqual(second.self, first.self);
  t.false(linux.commands.some((command) => /link (add|del)/.test(command)));
  await settle();
  t.deepEqual([...linux.peers.keys()], [friend.id], 'still there while the new agent knows nobody');
  const other = peer('10.0.0.3');
  second.setPeers([other]);
  await settle();
  t.is(linux.peers.size, 2);
  await settle(60_000);
  await settle(60_000);
  t.deepEqual([...linux.peers.keys()], [other.id], 'one that never came back is cut off in the end');
});

test('another secret on the same boot means another interface', async (t) => {
  const { linux, start } = bench(t);
  const first = await start();
  const second = await start(Buffer.alloc(32, 2));
  t.is(second.self.id, first.self.id);
  t.not(second.self.overlay, first.self.overlay);
  t.is(linux.device?.address, `${second.self.overlay}/64`);
});

test('without WireGuard in the kernel, or without a secret, the member says so and stays alone', async (t) => {
  const { linux, start } = bench(t);
  linux.hasWireGuard = false;
  const alone = await start();
  t.regex(alone.problem ?? '', /this kernel has no WireGuard/);
  t.is(alone.self.port, 0);
  t.deepEqual(
    alone.checks().map(({ name, ok }) => [name, ok]),
    [['wireguard', false]],
  );
  alone.setPeers([peer('10.0.0.2')]);
  t.throws(() => alone.udpSocket(7901), { message: /no overlay on this member/ });
  const { start: keyless } = bench(t);
  t.regex((await startKeyless(keyless)).problem ?? '', /no cluster secret/);
});

const startKeyless = (start: (secret?: Uint8Array) => Promise<Overlay>) =>
  (start as (secret: unknown) => Promise<Overlay>)(null);

test('without a packet filter the overlay works and says so', async (t) => {
  const { linux, start } = bench(t);
  linux.hasFilter = false;
  const overlay = await start();
  t.is(overlay.problem, undefined);
  t.regex(overlay.checks()[0]?.text ?? '', /without packet filter/);
});

test('peers come and go; each may use its own address only', async (t) => {
  const { linux, start, settle } = bench(t);
  const overlay = await start();
  const [one, two] = [peer('10.0.0.2'), peer('10.0.0.3')];
  overlay.setPeers([one, two]);
  await settle();
  t.is(linux.peers.get(one.id)?.endpoint, '10.0.0.2:51820');
  t.is(linux.peers.get(two.id)?.allowed, `${two.overlay}/128`);
  t.is(linux.peers.get(one.id)?.psk, linux.peers.get(two.id)?.psk);
  overlay.setPeers([two]);
  await settle();
  t.deepEqual([...linux.peers.keys()], [two.id]);
});

test('a peer that claims an address which is not its own, or writes lines of its own, is left out', async (t) => {
  const { linux, start, settle } = bench(t);
  const overlay = await start();
  const [honest, victim] = [peer('10.0.0.2'), peer('10.0.0.3')];
  const thief = { ...peer('10.0.0.4'), overlay: victim.overlay };
  const id = 'x\nAllowedIPs = ::/0';
  const scribe = { ...peer('10.0.0.5'), id, overlay: overlayAddress(PREFIX, id) };
  overlay.setPeers([thief, honest, scribe]);
  await settle();
  t.deepEqual([...linux.peers.keys()], [honest.id]);
});

test('after two missed probes the other NIC is used, and after a while the better one again', async (t) => {
  const room = bench(t);
  room.nics = [nic('eth0', '10.0.0.1'), nic('eth1', '10.1.0.1')];
  const overlay = await room.start();
  const friend = peer('10.0.0.2', '10.1.0.2');
  overlay.setPeers([friend]);
  await room.settle();
  const endpoint = () => room.linux.peers.get(friend.id)?.endpoint;
  t.is(endpoint(), '10.0.0.2:51820');
  await room.settle(2000);
  overlay.peerHealth(friend.id, false);
  await room.settle();
  t.is(endpoint(), '10.0.0.2:51820');
  overlay.peerHealth(friend.id, false);
  await room.settle();
  t.is(endpoint(), '10.1.0.2:51820');
  for (let i = 0; i < 40; i++) {
    overlay.peerHealth(friend.id, true);
    await room.settle(1000);
  }
  t.is(endpoint(), '10.0.0.2:51820');
});

test('a new NIC on the segment of a peer is used', async (t) => {
  const room = bench(t);
  const overlay = await room.start();
  const friend = peer('10.9.0.2', '10.1.0.2');
  overlay.setPeers([friend]);
  await room.settle();
  t.is(room.linux.peers.get(friend.id)?.endpoint, '10.9.0.2:51820');
  room.nics = [...room.nics, nic('eth1', '10.1.0.1')];
  room.nicsChanged();
  await room.settle(60_000);
  await room.settle(60_000);
  t.is(room.linux.peers.get(friend.id)?.endpoint, '10.1.0.2:51820');
});

test('nothing is left when it is closed', async (t) => {
  const { linux, start, folder } = bench(t);
  const overlay = await start();
  await overlay[Symbol.asyncDispose]();
  t.is(linux.device, undefined);
  t.is(linux.commands.at(-1), 'remove /run/netns/plumpos');
  t.throws(() => statSync(path.join(folder, 'wireguard.key')));
});
