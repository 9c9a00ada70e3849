import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { type CpioEntry, writeCpio } from '../formats/cpio.ts';
import type { KernelConfig } from '../formats/kernel-config.ts';
import { run } from '../host/exec.ts';
import { type ModuleFile, moduleEntries } from './pack-modules.ts';

/** What goes into the initrd of one kernel. */
export interface InitrdParts {
  /** Name of the kernel, for /etc/plumpos/kernel. */
  readonly name: string;
  /** Image id, for /etc/plumpos/id: the initrd takes only the medium with the same one. */
  readonly image: string;
  /** Static busybox. */
  readonly busybox: string;
  /** rootfs/initrd: /init and what it needs. */
  readonly files: string;
  readonly modules: readonly ModuleFile[];
  readonly release: string;
  readonly config: KernelConfig | undefined;
  readonly epoch: number;
}

/** Makes the small initrd of one kernel: busybox, our /init, and the modules that reach the medium. */
export async function makeInitrd(parts: InitrdParts): Promise<Buffer> {
  const text = (file: string, content: string): CpioEntry => ({ path: file, kind: 'file', data: Buffer.from(content) });
  const entries: CpioEntry[] = [
    ...['dev', 'etc', 'proc', 'run', 'sys', 'tmp'].map((folder): CpioEntry => ({ path: folder, kind: 'folder' })),
    // The kernel opens it for /init before anyone could mount /dev.
    { path: 'dev/console', kind: 'device', major: 5, minor: 1 },
    { path: 'bin/busybox', kind: 'file', mode: 0o755, data: await readFile(parts.busybox) },
    ...(await applets(parts.busybox)),
    // The kernel itself calls it: for the file system of a mount, for a checksum a module wants.
    { path: 'sbin/modprobe', kind: 'link', target: '../bin/busybox' },
    text('etc/plumpos/id', `${parts.image}\n`),
    text('etc/plumpos/kernel', `${parts.name}\n`),
    ...(await ownFiles(parts.files, '')),
    ...(await moduleEntries(parts.modules)),
  ];
  return pack(writeCpio(entries, parts.epoch), parts);
}

/** Debian's busybox finds its programs by name only: each needs a link. */
async function applets(busybox: string): Promise<CpioEntry[]> {
  const names = (await run(busybox, ['--list'])).stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  return names.map((name) => ({ path: `bin/${name}`, kind: 'link', target: 'busybox' }));
}

async function ownFiles(folder: string, below: string): Promise<CpioEntry[]> {
  const found: CpioEntry[] = [];
  for (const one of await readdir(path.join(folder, below), { withFileTypes: true })) {
    const file = path.posix.join(below, one.name);
    const full = path.join(folder, file);
    if (one.isDirectory()) found.push(...(await ownFiles(folder, file)));
    else if (one.isSymbolicLink()) found.push({ path: file, kind: 'link', target: await readlink(full) });
    else {
      // Of the mode only "may be run" counts: the rest depends on the umask of whoever made the checkout.
      const runs = ((await stat(full)).mode & 0o100) !== 0;
      found.push({ path: file, kind: 'file', mode: runs ? 0o755 : 0o644, data: await readFile(full) });
    }
  }
  return found;
}

/** A window of 4 MB: the kernel allocates it while it unpacks, and RAM is short then. */
const WINDOW_LOG = 22;

/** zstd, unless this kernel cannot unpack it (before 5.9, or built without). */
function pack(cpio: Buffer, kernel: Pick<InitrdParts, 'release' | 'config'>): Buffer {
  if (!unpacksZstd(kernel)) return gzipSync(cpio, { level: 9 });
  return zstdCompressSync(cpio, {
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
      // The kernel checks it: a damaged initrd then fails at once, not somewhere inside busybox.
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
}

function unpacksZstd({ release, config }: Pick<InitrdParts, 'release' | 'config'>): boolean {
  if (config) return config.has('RD_ZSTD');
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 9);
}
