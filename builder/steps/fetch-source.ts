import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { touch } from '../cache/touch.ts';
import type { AptRoot } from '../host/apt-root.ts';
import type { WantedSource } from '../plan/wanted-sources.ts';

/**
 * Brings the files of one source package into `folder`, by way of `store`, which keeps them for the next time.
 * @returns why the archive could not give it; then nothing of it is in `folder`.
 * @throws PlumpError PLUMP_FETCH when the archive cannot be reached or sends something else.
 */
export async function fetchSource(
  apt: AptRoot,
  { name, version }: WantedSource,
  store: string,
  folder: string,
): Promise<string | undefined> {
  const files = await apt.sourceFiles(name, version);
  if (files.length === 0) return 'not in its lists';
  await mkdir(store, { recursive: true });
  if (!files.every(({ file }) => existsSync(path.join(store, file)))) {
    const work = await mkdtemp(path.join(store, '.fetch-'));
    try {
      const refused = await apt.downloadSource(name, version, work);
      if (refused.length > 0) return refused.join(', ');
      for (const file of await readdir(work)) await rename(path.join(work, file), path.join(store, file));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  await touch(files.map(({ file }) => path.join(store, file)));
  for (const { file } of files) await share(path.join(store, file), path.join(folder, file));
  return undefined;
}

/** Two source packages may have one upstream archive in common. */
async function share(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') await copyFile(from, to);
  });
}
