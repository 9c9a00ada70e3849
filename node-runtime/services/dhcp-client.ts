import { createSocket, type Socket } from 'node:dgram';
import { messageOf } from '../base/errors.ts';
import { DhcpMachine, type DhcpOutput } from '../core/dhcp/machine.ts';
import type { DhcpRequest } from '../model/dhcp.ts';
import { decodeReply, encodeRequest } from '../network/dhcp/codec.ts';
import { broadcastPacket } from '../network/dhcp/udp-frame.ts';
import { openDeviceSocket } from '../system/device-socket.ts';
import type { Link } from '../system/links.ts';
import { untilResolved } from '../system/neighbours.ts';
import { openPacketSocket } from '../system/packet-socket.ts';
import { muteSocket } from '../system/socket-filter.ts';
import { addressInUse } from './address-probe.ts';
import type { NicDeps } from './nic-deps.ts';

const CLIENT_PORT = 68;
const SERVER_PORT = 67;

/** Sockets around one {@link DhcpMachine}: received by a UDP socket of the NIC, sent raw while there is no address yet. */
export class DhcpClient implements AsyncDisposable {
  readonly machine: DhcpMachine;
  readonly #deps: NicDeps;
  readonly #link: Link;
  readonly #socket: Socket;
  readonly #sending = new Set<Promise<void>>();
  #closed = false;

  /** @throws PlumpError PLUMP_SYSTEM when the NIC has gone */
  constructor(deps: NicDeps, link: Link, hostname: string, output: Pick<DhcpOutput, 'bound' | 'lost' | 'report'>) {
    this.#deps = deps;
    this.#link = link;
    const fd = openDeviceSocket(link.name, CLIENT_PORT);
    this.#socket = createSocket({ type: 'udp4' });
    this.#socket.on('error', (error) => this.#unsent(error));
    this.#socket.on('message', (bytes) => this.#received(bytes));
    this.#socket.bind({ fd, exclusive: true });
    this.machine = new DhcpMachine({
      clock: deps.clock,
      random: () => deps.random(),
      mac: link.mac,
      hostname,
      output: {
        send: (message, to) => this.#send(message, to),
        probe: (address) => void this.#probe(address),
        awaits: (answers) => this.#closed || muteSocket(fd, !answers),
        bound: (lease, renewed) => output.bound(lease, renewed),
        lost: (lease, why) => output.lost(lease, why),
        report: (what, detail) => output.report(what, detail),
      },
    });
  }

  /** Closes at once where nothing waits to be sent; what {@link DhcpMachine.release} said goes out first. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.machine.linkLost();
    this.#closed = true;
    if (this.#sending.size > 0) {
      await Promise.all(this.#sending);
      await untilResolved(this.#link.name, this.#deps.clock);
    }
    this.#socket.close();
  }

  #received(bytes: Buffer): void {
    if (this.#closed) return;
    try {
      this.machine.input(decodeReply(bytes));
    } catch (error) {
      this.#deps.log.debug('a DHCP message was dropped', { nic: this.#link.name, why: messageOf(error) });
    }
  }

  #send(message: DhcpRequest, to: string): void {
    const bytes = encodeRequest(message);
    try {
      if (to === 'broadcast' && message.ciaddr === undefined) {
        using raw = openPacketSocket(this.#link.name, 0);
        raw.broadcast(broadcastPacket(bytes));
      } else this.#sendFromAddress(bytes, to === 'broadcast' ? '255.255.255.255' : to);
    } catch (error) {
      this.#unsent(error);
    }
  }

  #sendFromAddress(bytes: Buffer, to: string): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sending.add(promise);
    this.#socket.send(bytes, SERVER_PORT, to, (error) => {
      this.#sending.delete(promise);
      resolve();
      if (error) this.#unsent(error);
    });
  }

  /** A message that could not be sent is one that got lost: the machine sends again. */
  #unsent(error: unknown): void {
    this.#deps.log.debug('a DHCP message was not sent', { nic: this.#link.name, why: messageOf(error) });
  }

  async #probe(address: string): Promise<void> {
    const { name, mac } = this.#link;
    const inUse = await addressInUse(name, mac, address, this.#deps.clock).catch(() => false);
    if (!this.#closed) this.machine.probed(address, inUse);
  }
}
