import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '#builder/cache/cache-folder.ts';
import { AptRoot } from '#builder/host/apt-root.ts';
import { debianSources } from '#builder/host/debian-sources.ts';
import { SUITE } from '#builder/host/open-tools.ts';
import { unpackPackages } from '#builder/steps/unpack-packages.ts';

/** The busybox that is in the image. */
export async function busybox(): Promise<string> {
  const cache = cacheFolder(process.env);
  await mkdir(cache, { recursive: true });
  const sources = debianSources({ suite: SUITE });
  const apt = await AptRoot.open({ cache, sources, signal: undefined, notice: () => {} });
  const [unpacked] = await unpackPackages(cache, apt, await apt.exact(['busybox-static']));
  return path.join(unpacked?.folder ?? '', 'bin/busybox');
}
