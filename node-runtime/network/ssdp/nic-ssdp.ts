import { createHash } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import ssdp from 'node-ssdp';
import type { Clock } from '../../base/clock.ts';
import { PORTS } from '../../model/ports.ts';
import type { Endpoint } from '../../model/member.ts';
import { type AnnouncedSelf, type Announcement, MOST_ENDPOINTS, SERVICE, type Via } from './announcement.ts';
import { FloodGate } from './flood-gate.ts';
import { sign } from './signature.ts';
import { noCounts, type SsdpCounts, type Verifier, verify } from './verifier.ts';

/** What one NIC's SSDP needs. */
export interface NicSsdpOptions {
  readonly nic: string;
  /** The NIC's own IPv4 address: what the multicast group is joined on. */
  readonly address: string;
  readonly verifier: Verifier;
  readonly clock: Clock;
  /** Descriptor of a bound UDP socket that hears and sends on this NIC only, may broadcast, and shares its port. */
  openDeviceSocket(nic: string, port: number): number;
  /** Lets the kernel drop what arrives at this descriptor, or no longer. */
  muteSocket(fd: number, muted: boolean): void;
  /** What to say now. */
  self(): AnnouncedSelf & { readonly endpoints: readonly Endpoint[] };
  /** The next counter of this start; one sequence for all NICs. */
  nextSeq(): number;
  /** How long to wait before answering a search, or undefined to leave the answer to others. */
  answerDelayMs(): number | undefined;
  onAnnouncement(announcement: Announcement, from: { readonly address: string; readonly nic: string }): void;
  /** The socket or the group is gone, or could not be had. */
  onFault(error: Error): void;
}

/** A message as `node-ssdp` builds it. */
interface Header {
  setHeaders(headers: Record<string, string>): void;
  toBuffer(): Buffer;
}
type Sent = (error?: Error | null) => void;

/** What we use and replace of `node-ssdp` 4.0.1, beyond what its types tell. */
interface Package {
  sockets: Record<string, Socket> | null;
  start(): Promise<void>;
  advertise(alive: boolean): void;
  addUSN(service: string): void;
  _createSockets(): void;
  _initAdLoop(): void;
  _send(message: Header | Buffer, host: string, port: number, sent: Sent): void;
  _parseMessage(message: Buffer, from: RemoteInfo): void;
  _respondToSearch(service: string, from: RemoteInfo): void;
  _stop(): void;
}
const Server = ssdp.Server as unknown as new (options: ssdp.ServerOptions & { customLogger(): void }) => Package;
/** The client's search, sent from the server's socket: one socket per NIC, and answers come to a port that is open. */
const client = ssdp.Client.prototype as unknown as { search(this: Package, service: string): void };

const MOST_ANSWERS_WAITING = 256;
/** Beyond so many messages in a second, ours or not, nothing more is read until the second is over. */
export const MOST_READ = 2000;
const SECOND_MS = 1000;
const BROADCAST = '255.255.255.255';
const GROUP = '239.255.255.250';

/**
 * SSDP on one NIC: `node-ssdp` with the parts replaced that do not fit several NICs or hostile neighbours. Its sockets
 * (one device-bound socket instead of N wildcard ones that answer N × N times), its loop (ours follows the size of the
 * cluster), its sending (signed) and its receiving (verified before a byte is parsed).
 */
export class NicSsdp extends Server implements AsyncDisposable {
  readonly counts: SsdpCounts = noCounts();
  sent = 0;
  /** When something signed with another key was last heard. */
  otherKeyAt: number | undefined;
  readonly #options: NicSsdpOptions;
  readonly #gate = new FloodGate();
  readonly #timers = new Set<Disposable>();
  readonly #sending = new Set<Promise<void>>();
  #via: Via = 'multicast';
  #to: string | undefined;
  #fd = -1;
  #read = 0;
  #readSince = Number.NEGATIVE_INFINITY;

  constructor(options: NicSsdpOptions) {
    super({
      udn: udnOf(options.self().publicKey),
      location: `plumpos://${options.address}/`,
      ssdpSig: 'Linux UPnP/1.1 PlumpOS/7',
      ssdpTtl: 1,
      suppressRootDeviceAdvertisements: true,
      customLogger: () => {},
    });
    this.#options = options;
    this.addUSN(SERVICE);
  }

  /** Says that we are here (or, as a question, who else is) to everybody on the segment. */
  say(what: 'alive' | 'bye' | 'search', via: 'multicast' | 'broadcast'): void {
    if (!this.sockets) return;
    this.#via = via;
    if (what === 'search') client.search.call(this, SERVICE);
    else this.advertise(what === 'alive');
    this.#via = 'multicast';
  }

  /** Says to one address, which no multicast may reach, that we are here. */
  tell(address: string): void {
    if (!this.sockets) return;
    this.#to = address;
    this.advertise(true);
    this.#to = undefined;
  }

  /** Leaves and joins the group again: switches that snoop on IGMP without a querier forget their listeners. */
  rejoin(): void {
    for (const socket of Object.values(this.sockets ?? {})) {
      try {
        socket.dropMembership(GROUP, this.#options.address);
      } catch {
        // Not a member any more, which is what the next line is for.
      }
      socket.addMembership(GROUP, this.#options.address);
    }
  }

  /** Closes when the last message has left; a byebye said just before is not lost as with the package's own stop(). */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    await Promise.all(this.#sending);
    this._stop();
  }

  override _createSockets(): void {
    const { nic, address } = this.#options;
    const socket = createSocket('udp4');
    const bind = socket.bind.bind(socket);
    const join = socket.addMembership.bind(socket);
    const bound = (_port: number, done: () => void): Socket => {
      this.#fd = this.#options.openDeviceSocket(nic, PORTS.ssdp);
      return bind({ fd: this.#fd, exclusive: true }, done);
    };
    // The package retries in a promise nobody catches when an address has just gone: the process would die of it.
    const joined = (group: string): void => {
      try {
        socket.setMulticastLoopback(false);
        join(group, address);
      } catch (error) {
        this.#options.onFault(error as Error);
      }
    };
    Object.assign(socket, { bind: bound, addMembership: joined });
    socket.on('error', (error) => this.#options.onFault(error));
    this.sockets = { [address]: socket };
  }

  override _initAdLoop(): void {}

  override _parseMessage(message: Buffer, from: RemoteInfo): void {
    this.#countRead();
    const strangersBefore = this.counts.otherKey;
    const announcement = verify(message, from, this.#options.verifier, this.#gate, this.counts);
    if (this.counts.otherKey > strangersBefore) this.otherKeyAt = this.#options.clock.now();
    if (!announcement) return;
    this.#options.onAnnouncement(announcement, { address: from.address, nic: this.#options.nic });
    if (announcement.kind === 'search') super._parseMessage(message, from);
  }

  /** A flood is paid for up to a limit only: then the kernel drops it for the rest of the second. */
  #countRead(): void {
    const { clock, muteSocket } = this.#options;
    const now = clock.now();
    if (now - this.#readSince >= SECOND_MS) {
      this.#readSince = now;
      this.#read = 0;
    }
    if (++this.#read !== MOST_READ) return;
    this.counts.muted++;
    muteSocket(this.#fd, true);
    const timer = clock.after(SECOND_MS - (now - this.#readSince), () => {
      this.#timers.delete(timer);
      if (this.sockets) muteSocket(this.#fd, false);
    });
    this.#timers.add(timer);
  }

  override _respondToSearch(service: string, from: RemoteInfo): void {
    const delay = this.#options.answerDelayMs();
    if (delay === undefined) return;
    if (this.#timers.size >= MOST_ANSWERS_WAITING) return;
    const timer = this.#options.clock.after(delay, () => {
      this.#timers.delete(timer);
      if (this.sockets) super._respondToSearch(service, from);
    });
    this.#timers.add(timer);
  }

  /** Called by the package as (message, host, port, sent) for an answer and as (message, sent) for the group. */
  override _send(message: Header, ...to: [host: string, port: number, sent: Sent] | [sent: Sent]): void;
  override _send(message: Header | Buffer, ...to: unknown[]): void {
    const one = typeof to[0] === 'string' ? { host: to[0], port: Number(to[1]) } : undefined;
    const told = this.#to === undefined ? one : { host: this.#to, port: PORTS.ssdp };
    const via = told ? 'unicast' : this.#via;
    const { host, port } = told ?? { host: via === 'broadcast' ? BROADCAST : GROUP, port: PORTS.ssdp };
    const signed = this.#seal(message as Header, via);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sending.add(promise);
    super._send(signed, host, port, (error) => {
      this.#sending.delete(promise);
      resolve();
      if (!error) this.sent++;
      // One address that cannot be reached says nothing about this NIC.
      else if (via !== 'unicast') this.#options.onFault(error);
    });
  }

  #seal(message: Header, via: Via): Buffer {
    const self = this.#options.self();
    const lan = self.endpoints.slice(0, MOST_ENDPOINTS).map(({ address, prefix }) => `${address}/${prefix}`);
    message.setHeaders({
      'X-PLUMP-PROTOCOL': String(self.protocol),
      'X-PLUMP-KEY': self.publicKey,
      'X-PLUMP-PORT': String(self.port),
      'X-PLUMP-LAN': lan.join(' '),
      'X-PLUMP-NAME': self.name,
      'X-PLUMP-IMAGE': self.image,
      'X-PLUMP-VIA': via,
      'X-PLUMP-SEQ': `${this.#options.verifier.ownBootId}.${this.#options.nextSeq()}`,
    });
    return sign(message.toBuffer(), this.#options.verifier.key);
  }
}

/** SSDP wants a UUID; ours is the first half of the identity's hash. */
function udnOf(publicKey: string): string {
  const hex = createHash('sha256').update(publicKey).digest('hex');
  return `uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')}`;
}
