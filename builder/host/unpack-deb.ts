import { globSync, lstatSync, readlinkSync } from 'node:fs';
import { mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { run } from './exec.ts';

/**
 * Unpacks Debian packages into one folder, which appears whole or not at all. Absolute links are made relative: else they would lead
 * to whatever the host has at that place, or nowhere.
 * @param drop patterns of files left out.
 */
export async function unpackDebs(debs: readonly string[], folder: string, drop: readonly string[] = []): Promise<void> {
  const work = await mkdtemp(`${folder}.`);
  try {
    for (const deb of debs) await run('dpkg-deb', ['-x', deb, work]);
    for (const name of drop.flatMap((pattern) => globSync(pattern, { cwd: work })))
      await rm(path.join(work, name), { recursive: true, force: true });
    await makeLinksRelative(work);
    await rename(work, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process made the same folder meanwhile: equally good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function makeLinksRelative(root: string): Promise<void> {
  for (const name of globSync('**/*', { cwd: root })) {
    const file = path.join(root, name);
    if (!lstatSync(file).isSymbolicLink()) continue;
    const target = readlinkSync(file);
    if (!target.startsWith('/')) continue;
    await rm(file);
    await symlink(path.relative(path.dirname(file), path.join(root, target)), file);
  }
}
