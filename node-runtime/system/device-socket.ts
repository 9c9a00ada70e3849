import { dlopen } from 'node:ffi';
import { PlumpError } from '../base/errors.ts';

const AF_INET = 2;
/** A datagram socket, closed on exec, not blocking. */
const DATAGRAM = 2 | 0o2000000 | 0o4000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BROADCAST = 6;
const SO_BINDTODEVICE = 25;

const { functions: libc } = dlopen(null, {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
});

/**
 * A UDP socket that hears and sends on one NIC only, bound to `port` on all its addresses; may broadcast, and others
 * may have the same port. Node's own sockets cannot be bound to a device.
 * @returns its descriptor, for `dgram`'s `bind({ fd })`
 */
export function openDeviceSocket(nic: string, port: number): number {
  const fd = libc.socket(AF_INET, DATAGRAM, 0);
  const on = Buffer.from([1, 0, 0, 0]);
  const device = Buffer.from(`${nic}\0`);
  const any = Buffer.alloc(16);
  any.writeUInt16LE(AF_INET, 0);
  any.writeUInt16BE(port, 2);
  const ok =
    fd >= 0 &&
    libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on, on.length) === 0 &&
    libc.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, on, on.length) === 0 &&
    libc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, device.length) === 0 &&
    libc.bind(fd, any, any.length) === 0;
  if (ok) return fd;
  if (fd >= 0) libc.close(fd);
  throw new PlumpError('PLUMP_SYSTEM', `cannot open UDP port ${port} on ${nic}`, {
    hint: 'the NIC has gone, or the agent is not root',
  });
}
