import { dlopen, getInt32 } from 'node:ffi';
import { getSystemErrorMessage } from 'node:util';
import { PlumpError } from '../base/errors.ts';

/** Flags of mount(2). */
export const MOUNT = {
  readOnly: 1,
  noSuid: 2,
  noDevices: 4,
  noExec: 8,
  remount: 32,
  bind: 4096,
  unbindable: 1 << 17,
  private: 1 << 18,
} as const;

const MNT_DETACH = 2;
const EINVAL = 22;
const ENOENT = 2;
const AT_FDCWD = -100;
const EOPNOTSUPP = 95;

const { functions: libc } = dlopen(null, {
  mount: { arguments: ['string', 'string', 'string', 'u64', 'string'], return: 'i32' },
  umount2: { arguments: ['string', 'i32'], return: 'i32' },
  name_to_handle_at: { arguments: ['i32', 'string', 'pointer', 'pointer', 'i32'], return: 'i32' },
  __errno_location: { arguments: [], return: 'pointer' },
});

/** What is to be mounted, as for mount(2). */
export interface MountRequest {
  readonly source: string;
  readonly target: string;
  readonly type?: string;
  readonly flags?: number;
  readonly data?: string;
}

/**
 * mount(2), in the calling thread's network namespace where that matters. Only for file systems that cannot hang: a mount
 * over the network would stop the whole agent.
 * @throws PlumpError PLUMP_SYSTEM
 */
export function mount({ source, target, type = 'none', flags = 0, data = '' }: MountRequest): void {
  if (libc.mount(source, target, type, BigInt(flags), data) !== 0) throw failure(`mount ${source} on ${target}`);
}

/**
 * A bind mount of one mount (not of those below it), with its own flags from the beginning. Private: otherwise what is
 * mounted below it is mounted below the source, too, wherever systemd runs.
 */
export function bindMount(source: string, target: string, flags: number): void {
  mount({ source, target, flags: MOUNT.bind });
  mount({ source: 'none', target, flags: MOUNT.private });
  mount({ source: 'none', target, flags: MOUNT.bind | MOUNT.remount | flags });
}

/** Takes whatever is mounted there away, at once; open files keep it alive. Nothing there is no error. */
export function unmount(target: string): void {
  if (libc.umount2(target, MNT_DETACH) === 0) return;
  const error = errno();
  if (error !== EINVAL && error !== ENOENT) throw failure(`unmount ${target}`, error);
}

/** Whether the file system there has file handles that last, which NFS needs (name_to_handle_at(2)). */
export function hasFileHandles(path: string): boolean {
  // Room for no handle at all: the answer is that it is too small, or that there are none.
  const [handle, mountId] = [new Uint8Array(8), new Uint8Array(4)];
  return libc.name_to_handle_at(AT_FDCWD, path, handle, mountId, 0) === 0 || errno() !== EOPNOTSUPP;
}

function errno(): number {
  return getInt32(libc.__errno_location(), 0);
}

function failure(what: string, error = errno()): PlumpError {
  return new PlumpError('PLUMP_SYSTEM', `cannot ${what}: ${getSystemErrorMessage(-error)}`);
}
