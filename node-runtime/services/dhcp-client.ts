import { createSocket, type Socket } from 'node:dgram';
import { messageOf } from '../base/errors.ts';
import { DhcpMachine, type DhcpOutput } from '../core/dhcp/machine.ts';
import type { DhcpRequest } from '../model/dhcp.ts';
import { decodeReply, encodeRequest } from '../network/dhcp/codec.ts';
import { broadcastPacket } from '../network/dhcp/udp-frame.ts';
import { openDeviceSocket } from '../system/device-socket.ts';
import type { Link } from '../system/links.ts';
import { openPacketSocket } from '../system/packet-socket.ts';
import { addressInUse } from './address-probe.ts';
import type { NicDeps } from './nic-deps.ts';

const CLIENT_PORT = 68;
const SERVER_PORT = 67;

/** Sockets around one {@link DhcpMachine}: received by a UDP socket of the NIC, sent raw while there is no address yet. */
export class DhcpClient implements Disposable {
  readonly machine: DhcpMachine;
  readonly #deps: NicDeps;
  readonly #link: Link;
  readonly #socket: Socket;
  #closed = false;

  constructor(deps: NicDeps, link: Link, hostname: string, output: Pick<DhcpOutput, 'bound' | 'lost' | 'report'>) {
    this.#deps = deps;
    this.#link = link;
    this.#socket = createSocket({ type: 'udp4' });
    this.#socket.on('error', (error) => this.#unsent(error));
    this.#socket.on('message', (bytes) => this.#received(bytes));
    this.#socket.bind({ fd: openDeviceSocket(link.name, CLIENT_PORT), exclusive: true });
    this.machine = new DhcpMachine({
      clock: deps.clock,
      random: () => deps.random(),
      mac: link.mac,
      hostname,
      output: {
        send: (message, to) => this.#send(message, to),
        probe: (address) => void this.#probe(address),
        bound: (lease, renewed) => output.bound(lease, renewed),
        lost: (lease, why) => output.lost(lease, why),
        report: (what, detail) => output.report(what, detail),
      },
    });
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.machine.linkLost();
    this.#socket.close();
  }

  #received(bytes: Buffer): void {
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
      } else {
        const address = to === 'broadcast' ? '255.255.255.255' : to;
        this.#socket.send(bytes, SERVER_PORT, address, (error) => (error ? this.#unsent(error) : undefined));
      }
    } catch (error) {
      this.#unsent(error);
    }
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
