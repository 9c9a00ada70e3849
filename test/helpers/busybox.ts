import path from 'node:path';
import { cacheFolder } from '#builder/cache/cache-folder.ts';
import { openApt } from '#builder/host/open-tools.ts';
import { unpackPackages } from '#builder/steps/unpack-packages.ts';

/** The busybox that is in the image. */
export async function busybox(): Promise<string> {
  const apt = await openApt({ env: process.env, notice: () => {} });
  const [unpacked] = await unpackPackages(cacheFolder(process.env), apt, await apt.exact(['busybox-static']));
  return path.join(unpacked?.folder ?? '', 'bin/busybox');
}
