import { hash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import type { ManifestFile } from '#runtime/model/manifest.ts';
import { hashFile } from '../cache/hash-files.ts';
import { openIso } from '../formats/iso.ts';
import { readAt } from '../host/read-at.ts';
import { type BuildContext, made } from './build-context.ts';
import { type KernelPart, FILE_LIST } from './kernel-part.ts';
import { SECURE_BOOT_CHAIN } from './make-iso.ts';
import { kernelPackage } from './manifest-packages.ts';

/** Every file a node has: of the root, of the modules, of the add-ons. */
export async function nodeFiles(context: BuildContext): Promise<ManifestFile[]> {
  const root = made(context, 'tree').sorted();
  const files = await Promise.all(
    root.map(async ([at, entry]) => {
      if (entry.kind !== 'file') return [];
      const [sha256, { size }] = await Promise.all([hashFile(entry.source), stat(entry.source)]);
      return [{ path: `/${at}`, sha256, bytes: size, from: entry.owner }];
    }),
  );
  const modules = await Promise.all(made(context, 'kernels').map(moduleFiles));
  const addons =
    context.addons === undefined ? [] : await readFiles(path.join(path.dirname(context.addons), FILE_LIST));
  return [...files, ...modules, addons].flat();
}

async function moduleFiles(kernel: KernelPart): Promise<ManifestFile[]> {
  const from = (await kernelPackage(kernel)).name;
  const files = await readFiles(path.join(path.dirname(kernel.image), FILE_LIST));
  return files.map((file) => ({ ...file, from }));
}

async function readFiles(file: string): Promise<ManifestFile[]> {
  return JSON.parse(await readFile(file, 'utf8')) as ManifestFile[];
}

/** Files of the medium (of `tree` it was made from, and what was made with it), and the package each is from; our own are from `plumpos`. */
export async function mediumFiles(tree: string, iso: string, context: BuildContext): Promise<ManifestFile[]> {
  const owners = new Map([
    ['isolinux/isolinux.bin', 'isolinux'],
    ['isolinux/ldlinux.c32', 'syslinux-common'],
  ]);
  for (const kernel of made(context, 'kernels'))
    owners.set(`boot/${kernel.name}/vmlinuz`, (await kernelPackage(kernel)).name);
  const files = namesBelow(tree).map((name) =>
    measured(path.join(tree, name), `/cdrom/${name}`, owners.get(name) ?? 'plumpos'),
  );
  return await Promise.all([...files, bootCatalog(iso), ...loadersInside(context)]);
}

/** Every file below a folder, hidden ones too (`.disk/info`). */
export function namesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

/** xorriso makes it; it is in no folder of ours. */
async function bootCatalog(iso: string): Promise<ManifestFile> {
  const name = 'isolinux/boot.cat';
  await using file = await open(iso);
  const image = await openIso(readAt(file));
  const data = await image?.file(name);
  if (data === undefined) throw new PlumpError('PLUMP_TOOL', `xorriso has put no ${name} into the ISO`);
  return { path: `/cdrom/${name}`, sha256: hash('sha256', data), bytes: data.length, from: 'plumpos' };
}

/** The signed loaders inside boot/efi.img. */
function loadersInside(context: BuildContext): Promise<ManifestFile>[] {
  if (context.plan.options['no-secure-boot']) return [];
  return SECURE_BOOT_CHAIN.map(({ path: inside, source, from }) =>
    measured(made(context, 'signed').path(source), `/cdrom/boot/efi.img/${inside}`, from),
  );
}

async function measured(file: string, at: string, from: string): Promise<ManifestFile> {
  const [sha256, { size }] = await Promise.all([hashFile(file), stat(file)]);
  return { path: at, sha256, bytes: size, from };
}
