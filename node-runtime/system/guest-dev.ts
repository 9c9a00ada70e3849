import { mkdirSync, symlinkSync } from 'node:fs';
import { dlopen } from 'node:ffi';
import { PlumpError } from '../base/errors.ts';
import { mount, MOUNT, unmount } from './mounts.ts';

const { functions: libc } = dlopen(null, {
  mknod: { arguments: ['string', 'u32', 'u64'], return: 'i32' },
  chmod: { arguments: ['string', 'u32'], return: 'i32' },
});

const S_IFCHR = 0o020_000;
/** Major and minor numbers. */
const DEVICES = { null: [1, 3], zero: [1, 5], full: [1, 7], random: [1, 8], urandom: [1, 9], tty: [5, 0] } as const;
const LINKS = {
  ptmx: 'pts/ptmx',
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
} as const;

/** Makes a job's /dev: a small tmpfs with the devices every program expects, and none of the machine's. */
export function makeGuestDev(folder: string): void {
  mkdirSync(folder, { recursive: true });
  mount({ source: 'dev', target: folder, type: 'tmpfs', flags: MOUNT.noSuid, data: 'mode=0755,size=1m,nr_inodes=256' });
  for (const [name, [major, minor]] of Object.entries(DEVICES)) {
    const file = `${folder}/${name}`;
    const made = libc.mknod(file, S_IFCHR | 0o666, BigInt(major * 256 + minor)) === 0;
    // Whatever the umask.
    if (!made || libc.chmod(file, 0o666) !== 0) throw new PlumpError('PLUMP_SYSTEM', `cannot make the device ${file}`);
  }
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, `${folder}/${name}`);
  for (const name of ['pts', 'shm', '.plumpos']) mkdirSync(`${folder}/${name}`, { mode: 0o755 });
}

const IMAGES = { source: 'images', type: 'tmpfs', flags: MOUNT.noSuid | MOUNT.noDevices | MOUNT.noExec } as const;

/** Makes room in memory for images: /run itself is small on many machines. */
export function makeImageRoom(folder: string, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  mount({ ...IMAGES, target: folder, data: `mode=0700,size=${bytes}` });
  // The copy of home's mounts that a job has would keep the memory.
  mount({ source: 'none', target: folder, flags: MOUNT.unbindable });
}

/** The room that is there gets another size. @throws PlumpError PLUMP_SYSTEM when more than that is in it */
export function resizeImageRoom(folder: string, bytes: number): void {
  mount({ ...IMAGES, target: folder, flags: IMAGES.flags | MOUNT.remount, data: `size=${bytes}` });
}

/** Takes both away. */
export function removeMounts(folders: readonly string[]): void {
  for (const folder of folders) unmount(folder);
}
