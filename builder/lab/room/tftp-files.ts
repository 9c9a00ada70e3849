import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TarWriter } from '../../formats/tar-writer.ts';
import { squashTar } from '../../host/squashfs.ts';
import { serveScratch } from '../pxe-root.ts';
import type { LabSupplies } from '../supplies.ts';

/** Makes a squashfs of the TFTP root `pxe`, with kernel arguments added to its scripts, for the room's server. */
export async function packTftpRoot(supplies: LabSupplies, pxe: string, append: string, out: string): Promise<void> {
  await using served = await serveScratch(pxe, append);
  const options = { compress: 'lz4', epoch: 0, signal: supplies.signal } as const;
  await squashTar(supplies.image, (tar) => writeFolder(tar, served.root, ''), out, options);
}

/** Links are followed: the scratch folder is made of them. */
async function writeFolder(tar: TarWriter, root: string, below: string): Promise<void> {
  for (const name of (await readdir(path.join(root, below))).toSorted()) {
    const file = path.join(below, name);
    const found = await stat(path.join(root, file));
    tar.parents(file, () => ({ mode: 0o755, mtime: 0 }));
    if (found.isDirectory()) await writeFolder(tar, root, file);
    else await tar.file(file, { mode: 0o644, mtime: 0 }, found.size, createReadStream(path.join(root, file)));
  }
}
