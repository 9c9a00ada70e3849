import { dlopen } from 'node:ffi';
import { readlinkSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { PlumpError } from '../base/errors.ts';
import type { JobUser } from '../model/job-spec.ts';
import { peerCredentials } from './peer-credentials.ts';
import { processState } from './process-state.ts';

const SOL_SOCKET = 1;
const SO_PEERGROUPS = 59;
const MOST_GROUPS = 65_536;

const { functions: libc } = dlopen(null, {
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'pointer'], return: 'i32' },
});

/** Who is at the other end of a unix socket, by the kernel's word. */
export interface Caller {
  readonly pid: number;
  /** Its start time, as /proc/PID/stat has it. */
  readonly start: string;
  readonly user: JobUser;
  /** Bytes (latin1); undefined when its working directory was deleted. */
  readonly cwd: string | undefined;
}

/** @throws PlumpError PLUMP_DENIED when it is gone already */
export function callerOf(socket: Socket): Caller {
  const peer = peerCredentials(socket);
  const start = peer && processState(peer.pid)?.start;
  if (peer === undefined || start === undefined) throw new PlumpError('PLUMP_DENIED', 'the caller is gone');
  const { pid, uid, gid } = peer;
  return { pid, start, user: { uid, gid, groups: groupsOf(socket) }, cwd: cwdOf(pid) };
}

function groupsOf(socket: Socket): number[] {
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd ?? -1;
  const groups = Buffer.alloc(4 * MOST_GROUPS);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(groups.length);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, length) !== 0)
    throw new PlumpError('PLUMP_SYSTEM', 'the kernel does not tell the groups of the caller');
  return Array.from({ length: length.readUInt32LE() / 4 }, (_, index) => groups.readUInt32LE(4 * index));
}

function cwdOf(pid: number): string | undefined {
  const link = `/proc/${pid}/cwd`;
  const cwd = readlinkSync(link, { encoding: 'latin1' });
  // A folder may be called so.
  return cwd.endsWith(' (deleted)') && isDeleted(link) ? undefined : cwd;
}

function isDeleted(link: string): boolean {
  try {
    return statSync(link).nlink === 0;
  } catch {
    return true;
  }
}
