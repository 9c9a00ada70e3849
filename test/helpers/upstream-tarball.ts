import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '#builder/cache/cache-folder.ts';
import { AptRoot } from '#builder/host/apt-root.ts';
import { environmentSources } from '#builder/host/debian-sources.ts';

/** The upstream tarball of one of Debian's source packages, from where the user's own apt has it; fetched once. */
export async function upstreamTarball(name: string): Promise<string> {
  const cache = cacheFolder(process.env);
  const store = path.join(cache, 'test-sources');
  mkdirSync(store, { recursive: true });
  const folder = path.join(store, name);
  if (!existsSync(folder)) {
    const apt = await AptRoot.open({
      cache,
      sources: environmentSources(process.env, 'bookworm'),
      kind: 'deb-src',
      notice: () => {},
    });
    const work = mkdtempSync(path.join(store, '.fetch-'));
    try {
      const missing = await apt.downloadSource(name, undefined, work);
      if (missing.length > 0) throw new Error(`the archive lacks sources of ${name}: ${missing.join(', ')}`);
      renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const tarball = readdirSync(folder).find((file) => file.includes('.orig.tar.'));
  if (tarball === undefined) throw new Error(`source package ${name} has no upstream tarball`);
  return path.join(folder, tarball);
}
