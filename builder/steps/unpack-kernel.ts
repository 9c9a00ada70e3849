import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { messageOf, PlumpError } from '#runtime/base/errors.ts';
import { MODULE_FILE } from '../formats/kernel-module.ts';
import { readTar, type TarItem } from '../formats/tarball.ts';

/** What of a kernel's archive is of use: the modules with depmod's inputs, and the kernel with its configuration. */
const WANTED =
  /^(usr\/)?(lib\/modules\/([^/]+)\/(kernel|extra|updates)\/.*|lib\/modules\/([^/]+)\/modules\.(order|builtin|builtin\.modinfo))$/;
const BOOT = /^boot\/(vmlinuz|config)-[^/]+$/;
const LICENCE = /^usr\/share\/doc\/(linux-image-[^/]+)\/copyright$/;

/** What an archive held. */
export interface UnpackedKernel {
  /** Names of folders below lib/modules/. */
  readonly releases: readonly string[];
  /** Files below boot/, relative to the folder. */
  readonly boot: readonly string[];
  /** Name of the package whose licence text is there, as usr/share/doc/NAME/copyright. */
  readonly licence: string | undefined;
}

/**
 * Unpacks a kernel's archive (modules.tgz, or the inside of a .deb) below `folder`: modules and what depmod reads beside
 * them, nothing else. Modules packed by gzip or zstd are unpacked, which leaves their signatures as they are.
 * @throws PlumpError PLUMP_KERNEL for an archive that is damaged, cut short or climbs out.
 */
export async function unpackKernel(stream: Readable, where: string, folder: string): Promise<UnpackedKernel> {
  const releases = new Set<string>();
  const boot: string[] = [];
  let licence: string | undefined;
  try {
    for await (const item of readTar(stream, where)) {
      const file = item.entry.path.replace(/^usr\/lib\//, 'lib/');
      const found = WANTED.exec(file);
      const licensed = LICENCE.exec(file)?.[1];
      if (item.entry.kind !== 'file' || !(found || licensed || BOOT.test(file))) continue;
      if (found) releases.add(found[3] ?? found[5] ?? '');
      else if (licensed) licence = licensed;
      else boot.push(file);
      await store(item, path.join(folder, file), where);
    }
  } catch (error) {
    throw asKernelError(error);
  }
  return { releases: [...releases].filter((one) => one !== ''), boot, licence };
}

async function store(item: TarItem, target: string, where: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const packed = MODULE_FILE.exec(target)?.[2];
  if (packed !== 'gz' && packed !== 'zst') return await pipeline(item.content(), createWriteStream(target));
  const bytes = await buffer(item.content());
  try {
    const plain = packed === 'gz' ? gunzipSync(bytes) : zstdDecompressSync(bytes);
    await writeFile(target.replace(/\.(gz|zst)$/, ''), plain);
  } catch (cause) {
    throw new PlumpError('PLUMP_KERNEL', `${where}: ${item.entry.path} is damaged`, { cause });
  }
}

/** In a kernel's archive the same faults are the kernel's, and the way out is another. */
function asKernelError(error: unknown): unknown {
  if (!(error instanceof PlumpError) || error.code !== 'PLUMP_PACKAGE') return error;
  return new PlumpError('PLUMP_KERNEL', messageOf(error), { cause: error, hint: 'copy or make the archive again' });
}
