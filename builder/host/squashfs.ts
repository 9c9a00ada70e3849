import { PlumpError } from '#runtime/base/errors.ts';
import { TarWriter } from '../formats/tar-writer.ts';
import { makeSound } from './sound-squashfs.ts';
import type { Tools } from './tool-tree.ts';

/** How a squashfs is made. */
export interface SquashfsOptions {
  readonly compress: keyof typeof SQUASHFS_ARGS;
  /** Time of the file system, seconds since 1970; later times of files are brought down to it. */
  readonly epoch: number;
  readonly signal?: AbortSignal;
}

/** Belongs to the inputs of every cached step that makes a squashfs; counted up when one of the same files comes out another way. */
export const SQUASHFS_RECIPE = { zstd: 2, lz4: 1, xz: 1 } as const;

/** Blocks of 1 MB would save 3 MB of the medium and cost a small node 32 MB of RAM, and everyone time (docs/benchmarks.md). */
const SQUASHFS_ARGS = {
  zstd: ['-comp', 'zstd', '-Xcompression-level', '22', '-b', '256K'],
  /** For what is read on the same machine: twice the size of zstd, and made at once. */
  lz4: ['-comp', 'lz4', '-b', '256K'],
  xz: ['-comp', 'xz', '-Xbcj', 'x86', '-b', '1M'],
} as const;

/**
 * Makes a squashfs of what `write` puts into a tar stream, so that owners and modes are those of the stream, whoever builds
 * and whatever the umask. `write` is called again where the result is damaged.
 */
export async function squashTar(
  tools: Tools,
  write: (tar: TarWriter) => Promise<void>,
  out: string,
  options: SquashfsOptions,
): Promise<void> {
  await makeSound(tools, out, (more) => pack(tools, write, out, options, more), options.signal);
}

async function pack(
  tools: Tools,
  write: (tar: TarWriter) => Promise<void>,
  out: string,
  options: SquashfsOptions,
  more: readonly string[],
): Promise<void> {
  const tar = new TarWriter();
  const rest = [
    '-noappend',
    '-quiet',
    '-no-progress',
    '-no-xattrs',
    // NFS can serve it; from a tar stream that is off by default.
    '-exports',
    '-root-mode',
    '755',
    ...SQUASHFS_ARGS[options.compress],
    ...more,
  ];
  const packing = tools.run('mksquashfs', ['-', out, '-tar', ...rest], {
    input: tar.stream,
    env: { SOURCE_DATE_EPOCH: String(options.epoch), ...asRoot(tools) },
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  });
  const writing = write(tar).then(
    () => tar.end(),
    (error: Error) => {
      tar.fail(error);
      throw error;
    },
  );
  const [written, packed] = await Promise.allSettled([writing, packing]);
  const errors = [written, packed].flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
  if (errors.length > 0) throw errors.find(isCause) ?? errors[0];
}

/**
 * The root folder itself is in no tar stream: it would be the builder's own, and mksquashfs 4.5 has no option that changes it
 * (-root-uid is not heeded there). So it is told that it runs as root; without its key fakeroot does nothing else.
 */
function asRoot(tools: Tools): Record<string, string> {
  const library = tools.path('usr/lib/x86_64-linux-gnu/libfakeroot/libfakeroot-sysv.so');
  return { LD_PRELOAD: library, FAKEROOTKEY: '0' };
}

/** An error of the writer makes mksquashfs fail too, and the other way round: then the writer's stream has broken, no more. */
function isCause(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return error instanceof PlumpError || (syscall !== undefined && code !== 'EPIPE');
}
