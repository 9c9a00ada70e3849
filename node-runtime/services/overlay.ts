import { writeFileSync } from 'node:fs';
import type { Socket as UdpSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { messageOf, PlumpError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { deriveKey } from '../model/derive-key.ts';
import type { Endpoint } from '../model/member.ts';
import { isWireGuardKey, OVERLAY_PREFIX_LENGTH, overlayAddress, overlayPrefix } from '../model/overlay-address.ts';
import { PATHS } from '../model/paths.ts';
import { PORTS } from '../model/ports.ts';
import type { Check, NicStatus } from '../model/status.ts';
import { connectInside, listenInside, udpInside } from '../system/namespace-sockets.ts';
import { type NetworkNamespace, openNamespace, removeNamespace } from '../system/netns.ts';
import { setFilter } from '../system/overlay-filter.ts';
import { type RunCommand, runCommand } from '../system/run-command.ts';
import { dropKeys, keepKeys, type WireGuardKeys } from '../system/wireguard-keys.ts';
import { WireGuard } from '../system/wireguard.ts';
import { overlayChecks } from './overlay-checks.ts';
import { type OverlayPeer, OverlayPeers, type PeerPath } from './overlay-peers.ts';

/** Who this member is in the overlay. */
export interface OverlaySelf {
  /** WireGuard public key, base64. */
  readonly id: string;
  /** Empty without a cluster secret. */
  readonly overlay: string;
  /** UDP port of WireGuard on the LAN; 0 when there is no overlay. */
  readonly port: number;
}

/** The encrypted network among the members. Disposing it removes interface, namespace and identity. */
export interface Overlay extends AsyncDisposable {
  readonly self: OverlaySelf;
  /** Why there is no overlay here; such a member stays alone. Undefined when all is well. */
  readonly problem: string | undefined;
  /** All peers WireGuard is to talk to; whoever is not among them is cut off. Cheap when nothing changed. */
  setPeers(peers: readonly OverlayPeer[]): void;
  /** A probe of the peer was answered, or not: after two in a row another of its endpoints is tried. */
  peerHealth(id: string, ok: boolean): void;
  /** The peer announced itself on the LAN from here: worth trying this endpoint again. */
  peerHeard(id: string, endpoint: Pick<Endpoint, 'address' | 'port'>): void;
  /** How each peer is reached. */
  paths(): PeerPath[];
  /** A UDP socket at this member's overlay address. The filter admits only the ports of model/ports.ts. */
  udpSocket(port: number): UdpSocket;
  /** Makes the server listen at this member's overlay address. */
  listenTcp(server: Server, port: number): void;
  /** A connection to another member; a refusal comes as the socket's `error`. */
  connectTcp(address: string, port: number): Socket;
  /** `wireguard` and, where peers do not answer, `firewall` for `plumpos status`. */
  checks(): Check[];
}

/** What the overlay needs. */
export interface OverlayDeps {
  /** Without it there is no overlay. */
  readonly secret: Uint8Array | undefined;
  /** Our NICs: which segments we share with a peer. */
  readonly nics: { list(): readonly NicStatus[]; onChange(changed: () => void): unknown };
  readonly clock: Clock;
  readonly log: Log;
  /** Replaced in tests. */
  readonly system?: Partial<OverlaySystem>;
}

/** What of Linux the overlay touches. */
export interface OverlaySystem {
  readonly run: RunCommand;
  /** Sets a value of the kernel's in /proc/sys. */
  write(file: string, value: string): void;
  /** Opens the namespace, making it where it is missing. */
  openNamespace(file: string): NetworkNamespace & Disposable;
  removeNamespace(file: string): void;
  readonly namespaceFile: string;
  readonly keyFile: string;
}

/** Where the overlay's interface lives. */
export const OVERLAY_NAMESPACE = '/run/netns/plumpos';

const REAL: OverlaySystem = {
  run: runCommand,
  write: (file, value) => writeFileSync(file, value),
  openNamespace,
  removeNamespace,
  namespaceFile: OVERLAY_NAMESPACE,
  keyFile: `${PATHS.run}/wireguard.key`,
};

/**
 * Brings up `plump0` in the namespace `plumpos`, or takes over what an agent that died left there. A member without a
 * secret, or whose kernel has no WireGuard, gets an overlay with a `problem`: nothing in it works, nothing fails.
 */
export async function startOverlay(deps: OverlayDeps, signal: AbortSignal): Promise<Overlay> {
  signal.throwIfAborted();
  const system = { ...REAL, ...deps.system };
  const keys = keepKeys(system.keyFile);
  if (!deps.secret) return absent(keys, '', 'there is no cluster secret', system);
  const prefix = overlayPrefix(deps.secret);
  const address = overlayAddress(prefix, keys.publicKey);
  try {
    const up = await bringUp(system, keys, { prefix, address }, deps.log);
    return new RunningOverlay(deps, deps.secret, system, {
      ...up,
      self: { id: keys.publicKey, overlay: address, port: up.port },
    });
  } catch (error) {
    deps.log.error('no overlay: this member stays alone', { error: messageOf(error) });
    return absent(keys, address, messageOf(error), system);
  }
}

interface Up {
  readonly namespace: NetworkNamespace & Disposable;
  readonly device: WireGuard;
  readonly port: number;
  /** Why the namespace has no packet filter. */
  readonly unfiltered: string | undefined;
}

async function bringUp(
  system: OverlaySystem,
  keys: WireGuardKeys,
  { prefix, address }: { readonly prefix: string; readonly address: string },
  log: Log,
): Promise<Up> {
  const namespace = system.openNamespace(system.namespaceFile);
  const device = new WireGuard(system.run, namespace, system.write);
  const inside: RunCommand = (file, args, options) => namespace.run(() => system.run(file, args, options));
  try {
    // The filter first, so that the interface is never up without it.
    const unfiltered = await setFilter(inside, prefix, namespace.fresh).then(() => undefined, messageOf);
    if (unfiltered !== undefined) log.warn('the overlay has no packet filter', { error: unfiltered });
    const left = namespace.fresh ? undefined : await device.read();
    // Same key and same address (the secret may have been changed): what a dead agent left goes on without a gap.
    const kept = left?.publicKey === keys.publicKey && left.port > 0 && (await device.hasAddress(address));
    const spec = { keys, port: PORTS.wireguard, address, prefixLength: OVERLAY_PREFIX_LENGTH };
    return { namespace, device, port: kept ? left.port : await device.create(spec), unfiltered };
  } catch (error) {
    await device.remove();
    namespace[Symbol.dispose]();
    system.removeNamespace(system.namespaceFile);
    throw error;
  }
}

class RunningOverlay implements Overlay {
  readonly self: OverlaySelf;
  readonly problem = undefined;
  readonly #deps: OverlayDeps;
  readonly #system: OverlaySystem;
  readonly #prefix: string;
  readonly #up: Up;
  readonly #peers: OverlayPeers;

  constructor(deps: OverlayDeps, secret: Uint8Array, system: OverlaySystem, up: Up & { readonly self: OverlaySelf }) {
    this.self = up.self;
    this.#deps = deps;
    this.#system = system;
    this.#prefix = overlayPrefix(secret);
    this.#up = up;
    this.#peers = new OverlayPeers({
      device: up.device,
      presharedKey: deriveKey(secret, 'plumpos wireguard psk v1').toString('base64'),
      ownAddresses: () => ownAddresses(deps.nics.list()),
      clock: deps.clock,
      log: deps.log,
    });
    deps.nics.onChange(() => this.#peers.nicsChanged());
  }

  setPeers(peers: readonly OverlayPeer[]): void {
    // An address belongs to a key by arithmetic, whatever anybody says.
    const honest = peers.filter(
      ({ id, overlay }) => isWireGuardKey(id) && overlay === overlayAddress(this.#prefix, id),
    );
    if (honest.length < peers.length) this.#deps.log.debug('peers with an address that is not theirs', {});
    this.#peers.set(honest.filter(({ id }) => id !== this.self.id));
  }

  peerHealth(id: string, ok: boolean): void {
    this.#peers.probed(id, ok);
  }

  peerHeard(id: string, endpoint: Pick<Endpoint, 'address' | 'port'>): void {
    this.#peers.heard(id, endpoint);
  }

  paths(): PeerPath[] {
    return this.#peers.paths();
  }

  udpSocket(port: number): UdpSocket {
    return udpInside(this.#up.namespace, this.self.overlay, port);
  }

  listenTcp(server: Server, port: number): void {
    listenInside(this.#up.namespace, server, this.self.overlay, port);
  }

  connectTcp(address: string, port: number): Socket {
    return connectInside(this.#up.namespace, address, port);
  }

  checks(): Check[] {
    const now = this.#deps.clock.wall() / 1000;
    return overlayChecks({ port: this.self.port, unfiltered: this.#up.unfiltered, paths: this.paths(), now });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#peers[Symbol.dispose]();
    await this.#up.device.remove();
    this.#up.namespace[Symbol.dispose]();
    this.#system.removeNamespace(this.#system.namespaceFile);
    dropKeys(this.#system.keyFile);
  }
}

/** Addresses on NICs that can be used now. */
function ownAddresses(nics: readonly NicStatus[]): { address: string; prefix: number }[] {
  return nics.flatMap(({ carrier, address, prefix }) =>
    carrier && address !== undefined && prefix !== undefined ? [{ address, prefix }] : [],
  );
}

function absent(keys: WireGuardKeys, overlay: string, problem: string, system: OverlaySystem): Overlay {
  const refuse = (): never => {
    throw new PlumpError('PLUMP_SYSTEM', `no overlay on this member: ${problem}`);
  };
  return {
    self: { id: keys.publicKey, overlay, port: 0 },
    problem,
    setPeers() {},
    peerHealth() {},
    peerHeard() {},
    paths: () => [],
    udpSocket: refuse,
    listenTcp: refuse,
    connectTcp: refuse,
    checks: () => [{ name: 'wireguard', ok: false, text: `this member stays alone: ${problem}` }],
    async [Symbol.asyncDispose]() {
      system.removeNamespace(system.namespaceFile);
      dropKeys(system.keyFile);
    },
  };
}
