import { hash } from 'node:crypto';
import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { hashFile } from '../cache/hash-files.ts';
import type { TarEntry } from '../formats/tar-entry.ts';
import { readTar } from '../formats/tarball.ts';
import { openTarball } from '../host/open-tarball.ts';
import type { Tools } from '../host/tool-tree.ts';
import type { Layer } from '../plan/addon-owners.ts';
import type { AddonSource } from '../plan/addon-sources.ts';

/**
 * Reads what a tarball holds, without its contents.
 * @throws PlumpError PLUMP_PACKAGE naming list, line and file: bad hash, damaged archive, what decodeTarEntry refuses.
 */
export async function readAddon(tools: Tools, addon: AddonSource): Promise<Layer> {
  const where = `${addon.where}: ${addon.file}`;
  if (addon.sha256 !== undefined) await checkHash(addon, addon.sha256);
  const entries: TarEntry[] = [];
  for await (const { entry } of readTar(openTarball(tools, addon.path), where)) entries.push(entry);
  return { where, entries, replace: addon.replace };
}

async function checkHash(addon: AddonSource, wanted: string): Promise<void> {
  const found = await hashFile(addon.path);
  if (found === wanted) return;
  throw new PlumpError(
    'PLUMP_PACKAGE',
    `${addon.where}: ${addon.file} has sha256 ${found}, not the ${wanted} of the list`,
    {
      hint: 'fetch the tarball again, or correct the line if the new one is meant',
    },
  );
}

/** The user's overlay folder as a layer: owner root, of the modes only "may be run" and "for the owner alone" count. */
export async function readOverlay(folder: string, epoch: number): Promise<Layer> {
  const where = `overlay ${folder}`;
  const entries: TarEntry[] = [];
  const walk = async (below: string): Promise<void> => {
    const names = await readdir(path.join(folder, below));
    for (const name of names.toSorted()) {
      const entry = await overlayEntry(folder, path.posix.join(below, name), epoch, where);
      entries.push(entry);
      if (entry.kind === 'folder') await walk(entry.path);
    }
  };
  await walk('');
  return { where, entries, replace: true };
}

/** SHA-256 over all that a node gets from an overlay folder, hex: hidden files, empty folders and such modes as count, too. */
export async function overlayIdentity(folder: string): Promise<string> {
  const { entries } = await readOverlay(folder, 0);
  const lines = entries.map(async (entry) => [
    JSON.stringify(entry),
    entry.kind === 'file' ? await hashFile(path.join(folder, entry.path)) : '',
  ]);
  return hash('sha256', JSON.stringify(await Promise.all(lines)));
}

async function overlayEntry(folder: string, file: string, mtime: number, where: string): Promise<TarEntry> {
  const full = path.join(folder, file);
  const state = await lstat(full);
  const base = { path: file, uid: 0, gid: 0, mtime };
  if (state.isSymbolicLink()) return { ...base, kind: 'link', mode: 0o777, size: 0, target: await readlink(full) };
  const secret = (state.mode & 0o077) === 0;
  const runs = state.isDirectory() || (state.mode & 0o100) !== 0;
  const mode = (runs ? 0o755 : 0o644) & (secret ? 0o700 : 0o777);
  if (state.isDirectory()) return { ...base, kind: 'folder', mode, size: 0 };
  if (state.isFile()) return { ...base, kind: 'file', mode, size: state.size };
  throw new PlumpError('PLUMP_PACKAGE', `${where}: ${file} is neither file, folder nor link`);
}
