import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hashFile } from '../cache/hash-files.ts';
import { SQUASHFS_RECIPE } from '../host/squashfs.ts';
import { type BuildContext, made } from './build-context.ts';
import { FILE_LIST } from './kernel-part.ts';
import { packAddons } from './pack-addons.ts';
import { overlayIdentity } from './read-addons.ts';
import { workshop } from './workshop.ts';

/** Merges the add-on tarballs and the overlay into addons.squashfs; nothing where there are none. */
export async function makeAddons(context: BuildContext): Promise<string | undefined> {
  const { plan, cache } = context;
  const { tarballs, overlay } = plan.addons;
  if (tarballs.length === 0 && overlay === undefined) return 'none';
  const base = made(context, 'tree').kinds();
  const files = await Promise.all(
    tarballs.map(async (one) => JSON.stringify({ ...one, path: await hashFile(one.path) })),
  );
  const inputs = {
    tarballs: files,
    overlay: overlay === undefined ? '' : await overlayIdentity(overlay),
    base: createHash('sha256')
      .update(JSON.stringify([...base]))
      .digest('hex'),
    epoch: plan.list.epoch,
    compress: plan.options.compress,
    squashfs: SQUASHFS_RECIPE[plan.options.compress],
    recipe: 3,
  };
  const result = await cache.result('addons', inputs, async (folder) => {
    const files = await packAddons(workshop(context, folder), plan.addons, base, path.join(folder, 'addons.squashfs'));
    if (files) await writeFile(path.join(folder, FILE_LIST), JSON.stringify(files));
  });
  const file = path.join(result.folder, 'addons.squashfs');
  context.addons = existsSync(file) ? file : undefined;
  return result.why;
}
