import { dlopen } from 'node:ffi';
import type { Socket } from 'node:net';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

const { functions: libc } = dlopen(null, {
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'pointer'], return: 'i32' },
});

/** The process at the other end of a unix socket. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Who is at the other end of a unix socket, as the kernel noted it at connect; undefined when unknown. */
export function peerCredentials(socket: Socket): PeerCredentials | undefined {
  // Node.js has no public way to a stream's descriptor; its handle has told it since 0.x.
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd;
  if (fd === undefined || fd < 0) return undefined;
  const ucred = Buffer.alloc(12);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(ucred.length);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, length) !== 0) return undefined;
  return { pid: ucred.readUInt32LE(0), uid: ucred.readUInt32LE(4), gid: ucred.readUInt32LE(8) };
}

/** Only their uid. */
export function peerUid(socket: Socket): number | undefined {
  return peerCredentials(socket)?.uid;
}
