import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { dlopen } from 'node:ffi';
import { type Server, Socket } from 'node:net';
import { PlumpError } from '../base/errors.ts';
import type { NetworkNamespace } from './netns.ts';

const AF_INET6 = 10;
/** A stream, closed on exec, not blocking. */
const STREAM = 1 | 0o2000000 | 0o4000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const BACKLOG = 128;

const { functions: libc } = dlopen(null, {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  listen: { arguments: ['i32', 'i32'], return: 'i32' },
  connect: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  inet_pton: { arguments: ['i32', 'string', 'pointer'], return: 'i32' },
});

/** A bound UDP socket in the namespace. It is a plain one from then on. */
export function udpInside(namespace: NetworkNamespace, address: string, port: number): UdpSocket {
  return namespace.run(() => {
    const socket = createSocket({ type: 'udp6', ipv6Only: true });
    socket.bindSync({ address, port });
    return socket;
  });
}

/** Makes `server` listen in the namespace. A listening socket is handed over, since `listen()` itself acts later. */
export function listenInside(namespace: NetworkNamespace, server: Server, address: string, port: number): void {
  const fd = namespace.run(() =>
    streamSocket((socket) => {
      // Without it an agent that was restarted waits for the old connections to be forgotten.
      const on = Buffer.from([1, 0, 0, 0]);
      const target = socketAddress(address, port);
      return (
        libc.setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, on, on.length) === 0 &&
        libc.bind(socket, target, target.length) === 0 &&
        libc.listen(socket, BACKLOG) === 0
      );
    }, `listen on [${address}]:${port}`),
  );
  server.listen({ fd });
}

/** A connection made in the namespace, still on its way: a refusal comes as the socket's `error`. */
export function connectInside(namespace: NetworkNamespace, address: string, port: number): Socket {
  const fd = namespace.run(() =>
    streamSocket((socket) => {
      const target = socketAddress(address, port);
      // Always "in progress"; what becomes of it shows when it is first written to.
      libc.connect(socket, target, target.length);
      return true;
    }, `connect to [${address}]:${port}`),
  );
  return new Socket({ fd, readable: true, writable: true });
}

function streamSocket(prepare: (socket: number) => boolean, what: string): number {
  const socket = libc.socket(AF_INET6, STREAM, 0);
  if (socket < 0) throw new PlumpError('PLUMP_SYSTEM', `cannot ${what} in the overlay: no socket`);
  if (prepare(socket)) return socket;
  libc.close(socket);
  throw new PlumpError('PLUMP_SYSTEM', `cannot ${what} in the overlay: the address or port is taken`);
}

/** struct sockaddr_in6. */
function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt16LE(AF_INET6, 0);
  bytes.writeUInt16BE(port, 2);
  if (libc.inet_pton(AF_INET6, address, bytes.subarray(8, 24)) !== 1)
    throw new PlumpError('PLUMP_SYSTEM', `'${address}' is not an IPv6 address`);
  return bytes;
}
