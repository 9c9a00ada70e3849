import { globSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LEAST_RAM_MB, type Manifest, type ManifestFile } from '#runtime/model/manifest.ts';
import { hashFile } from '../cache/hash-files.ts';
import { renderSbom } from '../render/sbom.ts';
import { type BuildContext, made } from './build-context.ts';
import type { MediumParts } from './make-iso.ts';
import { mediumFiles, nodeFiles } from './manifest-files.ts';
import { allPackages } from './manifest-packages.ts';

/**
 * Writes manifest.json, sbom.spdx.json and SHA256SUMS beside the finished media in `folder`.
 * @param tree folder with the files of the ISO.
 */
export async function writeRecords(
  context: BuildContext,
  parts: MediumParts,
  tree: string,
  folder: string,
): Promise<void> {
  const { plan } = context;
  const manifest: Manifest = {
    format: 1,
    image: parts.id,
    version: parts.menu.version,
    suite: plan.suite,
    epoch: plan.list.epoch,
    secureBoot: parts.secureBoot,
    kernels: made(context, 'kernels').map(({ name, release, form }) => ({ name, release, form })),
    sizes: await partSizes(parts, path.join(folder, 'plumpos.iso')),
    minimumRamMB: LEAST_RAM_MB,
    packages: await allPackages(context, parts),
    files: [
      ...(await nodeFiles(context)),
      ...(await mediumFiles(tree, path.join(folder, 'plumpos.iso'), context)),
    ].toSorted(byPath),
  };
  await writeFile(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  await writeFile(path.join(folder, 'sbom.spdx.json'), renderSbom(manifest));
  await writeFile(path.join(folder, 'SHA256SUMS'), await sums(folder));
}

function byPath(a: ManifestFile, b: ManifestFile): number {
  return a.path < b.path ? -1 : 1;
}

async function partSizes(parts: MediumParts, iso: string): Promise<Record<string, number>> {
  const size = async (file: string) => (await stat(file)).size;
  const sizes: Record<string, number> = { iso: await size(iso), root: await size(parts.root) };
  if (parts.addons !== undefined) sizes['addons'] = await size(parts.addons);
  for (const kernel of parts.kernels) {
    sizes[`kernel ${kernel.name}`] = await size(kernel.image);
    sizes[`initrd ${kernel.name}`] = await size(kernel.initrd);
    sizes[`modules ${kernel.name}`] = await size(kernel.modules);
  }
  return sizes;
}

/** In the form `sha256sum --check` reads. */
async function sums(folder: string): Promise<string> {
  const names = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'SHA256SUMS')
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
  const lines = await Promise.all(names.map(async (name) => `${await hashFile(path.join(folder, name))}  ${name}\n`));
  return lines.join('');
}
