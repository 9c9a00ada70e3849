import { messageOf, PlumpError } from '../base/errors.ts';
import { isWireGuardKey } from '../model/overlay-address.ts';
import type { NetworkNamespace } from './netns.ts';
import type { RunCommand } from './run-command.ts';
import type { WireGuardKeys } from './wireguard-keys.ts';

/** Name of the overlay's interface, on every member. */
export const OVERLAY_DEVICE = 'plump0';
/** Leaves room for WireGuard's own headers in a LAN's 1500 bytes, over IPv4 or IPv6. */
const MTU = 1420;
const PORTS_TRIED = 32;
/** Not /dev/stdin: that is a link which somebody must have made at boot. */
const STANDARD_INPUT = '/proc/self/fd/0';

/** A peer as WireGuard is told of it. */
export interface WireGuardPeer {
  readonly publicKey: string;
  readonly presharedKey: string;
  /** The only address it may use inside. */
  readonly address: string;
  /** `10.0.0.5:51820`; without one it is left as it is, and the peer speaks first. */
  readonly endpoint: string | undefined;
  /** Seconds between packets sent for nothing but firewalls' memory; 0 for none. */
  readonly keepalive: number;
}

/** A peer as WireGuard tells of it. */
export interface PeerState {
  readonly publicKey: string;
  readonly endpoint: string | undefined;
  /** Seconds since 1970; 0 when it never answered. */
  readonly handshake: number;
}

/** What `wg show … dump` says. */
export interface DeviceState {
  readonly publicKey: string;
  readonly port: number;
  readonly peers: readonly PeerState[];
}

/** How the interface is to be. */
export interface DeviceSpec {
  readonly keys: WireGuardKeys;
  /** First port tried; taken ones are skipped. */
  readonly port: number;
  readonly address: string;
  readonly prefixLength: number;
}

/**
 * `plump0` by `ip` and `wg`. Its socket belongs to the namespace it is made in (the main one, where the LAN is), the
 * interface to the one it is moved to, and there it stays when the agent ends.
 */
export class WireGuard {
  readonly #run: RunCommand;
  readonly #write: (file: string, value: string) => void;
  readonly #inside: RunCommand;
  readonly #namespace: NetworkNamespace;

  /** @param write sets a value of the kernel's, in the namespace */
  constructor(run: RunCommand, namespace: NetworkNamespace, write: (file: string, value: string) => void) {
    this.#run = run;
    this.#write = write;
    this.#namespace = namespace;
    this.#inside = (file, args, options) => namespace.run(() => run(file, args, options));
  }

  /** The interface as it is, or undefined when there is none. */
  async read(): Promise<DeviceState | undefined> {
    try {
      return parseDump(await this.#inside('wg', ['show', OVERLAY_DEVICE, 'dump']));
    } catch {
      return undefined;
    }
  }

  /** Whether the interface is up with this address. */
  async hasAddress(address: string): Promise<boolean> {
    const text = await this.#inside('ip', ['-o', '-6', 'addr', 'show', 'dev', OVERLAY_DEVICE, 'up']).catch(() => '');
    return text.includes(` ${address}/`);
  }

  /**
   * Makes the interface anew; one left over is removed first.
   * @returns its port
   * @throws PlumpError PLUMP_SYSTEM when this kernel has no WireGuard, PLUMP_TOOL otherwise
   */
  async create(spec: DeviceSpec): Promise<number> {
    await this.remove();
    await this.#run('ip', ['link', 'add', OVERLAY_DEVICE, 'type', 'wireguard']).catch(explain);
    await this.#run('wg', ['set', OVERLAY_DEVICE, 'private-key', STANDARD_INPUT], {
      input: `${spec.keys.privateKey}\n`,
    });
    await this.#run('ip', ['link', 'set', OVERLAY_DEVICE, 'netns', this.#namespace.path]);
    // Devices of the namespace have no IPv6 of their own once jobs have their links here.
    this.#namespace.run(() => this.#write(`/proc/sys/net/ipv6/conf/${OVERLAY_DEVICE}/disable_ipv6`, '0'));
    const up = [
      'link set lo up',
      `link set ${OVERLAY_DEVICE} mtu ${MTU}`,
      // No duplicate address detection: the address follows from the key, and nobody else could use it.
      `addr replace ${spec.address}/${spec.prefixLength} dev ${OVERLAY_DEVICE} nodad`,
    ];
    await this.#inside('ip', ['-batch', '-'], { input: `${up.join('\n')}\n` });
    return await this.#bringUp(spec.port);
  }

  /** The socket is opened when the interface goes up, so that is where a taken port shows. */
  async #bringUp(first: number): Promise<number> {
    for (let port = first; port < first + PORTS_TRIED; port++) {
      await this.#inside('wg', ['set', OVERLAY_DEVICE, 'listen-port', String(port)]);
      try {
        await this.#inside('ip', ['link', 'set', OVERLAY_DEVICE, 'up']);
        return port;
      } catch (error) {
        if (!/in use/i.test(messageOf(error))) throw error;
      }
    }
    throw new PlumpError('PLUMP_SYSTEM', `UDP ports ${first} to ${first + PORTS_TRIED - 1} are all taken`);
  }

  /** Adds peers, or changes what is said of them; takes others away. */
  async change(add: readonly WireGuardPeer[], remove: readonly string[]): Promise<void> {
    if (remove.length > 0) {
      const words = remove.flatMap((id) => ['peer', checked(id, isWireGuardKey), 'remove']);
      await this.#inside('wg', ['set', OVERLAY_DEVICE, ...words]);
    }
    // By standard input: arguments are seen by every user of the machine, and hold fewer peers than a cluster has.
    if (add.length > 0)
      await this.#inside('wg', ['addconf', OVERLAY_DEVICE, STANDARD_INPUT], { input: add.map(section).join('\n') });
  }

  /** Takes the interface away, wherever it got to. */
  async remove(): Promise<void> {
    const words = ['link', 'del', OVERLAY_DEVICE];
    await this.#run('ip', words).catch(() => {});
    await this.#inside('ip', words).catch(() => {});
  }
}

const isAddress = (text: string) => /^[0-9a-f:]{3,39}$/.test(text);
const isEndpoint = (text: string) => /^[\d.]{7,15}:\d{1,5}$/.test(text);

function section(peer: WireGuardPeer): string {
  const lines = [
    '[Peer]',
    `PublicKey = ${checked(peer.publicKey, isWireGuardKey)}`,
    `PresharedKey = ${checked(peer.presharedKey, isWireGuardKey)}`,
    `AllowedIPs = ${checked(peer.address, isAddress)}/128`,
    `PersistentKeepalive = ${peer.keepalive}`,
  ];
  if (peer.endpoint !== undefined) lines.push(`Endpoint = ${checked(peer.endpoint, isEndpoint)}`);
  return `${lines.join('\n')}\n`;
}

/** What comes from other members and goes into a configuration must not bring lines of its own. */
function checked(value: string, isFit: (text: string) => boolean): string {
  if (isFit(value)) return value;
  throw new PlumpError('PLUMP_PROTOCOL', `not fit for WireGuard's configuration: ${JSON.stringify(value)}`);
}

/** First line: private key, public key, port, mark. Others: key, preshared key, endpoint, addresses, handshake, … */
function parseDump(text: string): DeviceState {
  const [device = [], ...peers] = text
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  return {
    publicKey: device[1] ?? '',
    port: Number(device[2] ?? 0),
    peers: peers.map(([publicKey = '', , endpoint, , handshake]) => ({
      publicKey,
      endpoint: endpoint === '(none)' ? undefined : endpoint,
      handshake: Number(handshake ?? 0),
    })),
  };
}

function explain(error: unknown): never {
  if (/unknown device type|not supported/i.test(messageOf(error)))
    throw new PlumpError('PLUMP_SYSTEM', 'this kernel has no WireGuard (module wireguard)', {
      hint: 'build the image with a kernel that has CONFIG_WIREGUARD; the stock kernel has it',
      cause: error,
    });
  throw error;
}
