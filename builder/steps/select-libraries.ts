import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { readElfNeeds } from '../formats/elf-needed.ts';
import type { UnpackedPackage } from './unpack-packages.ts';

/** A library the image needs. */
export interface SelectedLibrary {
  readonly soname: string;
  /** The file itself, not the link with its soname. */
  readonly file: string;
  readonly owner: string;
}

/** Where Debian's packages put libraries the loader finds by itself. */
const FOLDERS = '{lib,usr/lib}/x86_64-linux-gnu/*.so*';

/**
 * The libraries all `programs` need, and what those need in turn, found in the packages given.
 * @throws PlumpError PLUMP_PACKAGE naming program and library when none of the packages has it.
 */
export async function selectLibraries(
  programs: readonly string[],
  packages: readonly UnpackedPackage[],
): Promise<SelectedLibrary[]> {
  const offered = offeredBy(packages);
  const selected = new Map<string, SelectedLibrary>();
  const queue = [...programs];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const needs = readElfNeeds(await readFile(file));
    for (const soname of needs?.needed ?? []) {
      if (selected.has(soname)) continue;
      const found = offered.get(soname);
      if (!found)
        throw new PlumpError(
          'PLUMP_PACKAGE',
          `${path.basename(file)} needs ${soname}, which no package of the image has`,
          {
            hint: 'add the package that has it to "libraries" in rootfs/packages.json',
          },
        );
      selected.set(soname, found);
      queue.push(found.file);
    }
  }
  return [...selected.values()].toSorted((a, b) => (a.soname < b.soname ? -1 : 1));
}

function offeredBy(packages: readonly UnpackedPackage[]): Map<string, SelectedLibrary> {
  const offered = new Map<string, SelectedLibrary>();
  for (const { name, folder } of packages) {
    for (const found of globSync(FOLDERS, { cwd: folder })) {
      const file = path.join(folder, found);
      // A link into a folder of another package leads nowhere here.
      if (existsSync(file)) offered.set(path.basename(found), { soname: path.basename(found), file, owner: name });
    }
  }
  return offered;
}
