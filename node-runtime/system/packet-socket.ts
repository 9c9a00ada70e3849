import { dlopen } from 'node:ffi';
import { readFileSync } from 'node:fs';
import { PlumpError } from '../base/errors.ts';
import { filterSocket, type Instruction } from './socket-filter.ts';

const AF_PACKET = 17;
/** Cooked datagrams (the kernel makes the Ethernet header), closed on exec, not blocking. */
const COOKED = 2 | 0o2000000 | 0o4000;
const LONGEST = 2048;

const { functions: libc } = dlopen(null, {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  sendto: { arguments: ['i32', 'pointer', 'u64', 'i32', 'pointer', 'u32'], return: 'i64' },
  recv: { arguments: ['i32', 'pointer', 'u64', 'i32'], return: 'i64' },
  close: { arguments: ['i32'], return: 'i32' },
});

/** Raw frames of one Ethernet type on one NIC. */
export interface PacketSocket extends Disposable {
  /** Broadcasts a payload. */
  broadcast(payload: Buffer): void;
  /** The next frame's payload that has come, or undefined when there is none. */
  receive(): Buffer | undefined;
}

/**
 * Opens an AF_PACKET socket (packet(7)).
 * @param etherType 0 for a socket that only sends IPv4
 * @param filter what is worth receiving; all when absent
 * @throws PlumpError PLUMP_SYSTEM
 */
export function openPacketSocket(nic: string, etherType: number, filter?: readonly Instruction[]): PacketSocket {
  const index = indexOf(nic);
  const protocol = ((etherType & 0xff) << 8) | (etherType >> 8);
  const fd = libc.socket(AF_PACKET, COOKED, protocol);
  const everybody = linkAddress(index, etherType === 0 ? 0x0800 : etherType);
  if (fd < 0 || libc.bind(fd, linkAddress(index, etherType), 20) !== 0) {
    if (fd >= 0) libc.close(fd);
    throw new PlumpError('PLUMP_SYSTEM', `cannot open a packet socket on ${nic}`, {
      hint: 'the agent must run as root',
    });
  }
  if (filter) filterSocket(fd, filter);
  return {
    broadcast(payload) {
      const sent = Number(libc.sendto(fd, payload, BigInt(payload.length), 0, everybody, everybody.length));
      if (sent !== payload.length) throw new PlumpError('PLUMP_SYSTEM', `cannot send on ${nic}`);
    },
    receive() {
      const buffer = Buffer.alloc(LONGEST);
      const length = Number(libc.recv(fd, buffer, BigInt(LONGEST), 0));
      return length > 0 ? buffer.subarray(0, length) : undefined;
    },
    [Symbol.dispose]: () => void libc.close(fd),
  };
}

function indexOf(nic: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${nic}/ifindex`, 'latin1'));
  } catch (cause) {
    throw new PlumpError('PLUMP_SYSTEM', `there is no network card ${nic}`, { cause });
  }
}

/** struct sockaddr_ll with the broadcast address. */
function linkAddress(index: number, etherType: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt16LE(AF_PACKET, 0);
  bytes.writeUInt16BE(etherType, 2);
  bytes.writeInt32LE(index, 4);
  bytes[11] = 6;
  bytes.fill(0xff, 12, 18);
  return bytes;
}
