import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import type { CpioEntry } from '../formats/cpio.ts';
import { MODULE_FILE, readModuleInfo } from '../formats/kernel-module.ts';
import { hardenSoftDeps } from '../formats/modules-files.ts';
import type { TarWriter } from '../formats/tar-writer.ts';
import { depmod, readText } from '../host/depmod.ts';
import type { Tools } from '../host/tool-tree.ts';
import { squashTar } from '../host/squashfs.ts';
import type { MediaWorkshop } from './media-workshop.ts';
import type { PreparedKernel } from './prepare-kernels.ts';

/** What modprobe on a node reads; the rest of depmod's output is for other programs. */
const TEXTS = ['modules.dep', 'modules.alias', 'modules.softdep', 'modules.builtin'];

/** What of a kernel comes onto the medium beside itself: paths relative to `/usr`, and where their bytes are. */
export interface ModuleFile {
  readonly path: string;
  readonly source: string;
}

/**
 * Puts the chosen modules below `root`, unpacked and otherwise as the distribution signed them, checks that they are for
 * this kernel, and makes their index.
 * @returns all files below lib/modules, sorted.
 * @throws PlumpError PLUMP_KERNEL for a module of another release, of another word size, or that is none.
 */
export async function chosenModules(
  tools: Tools,
  kernel: PreparedKernel,
  names: ReadonlySet<string>,
  root: string,
): Promise<ModuleFile[]> {
  const base = path.join('lib/modules', kernel.release);
  await mkdir(path.join(root, base), { recursive: true });
  if (kernel.modules) {
    const from = path.join(kernel.modules.root, base);
    const files = [...names].map((name) => kernel.modules?.index.paths.get(name) ?? '').toSorted();
    for (const file of files) await copyOne(path.join(from, file), path.join(root, base, file));
    await unpackXz(
      tools,
      files.filter((file) => file.endsWith('.xz')).map((file) => path.join(root, base, file)),
    );
    for (const file of files) await checkModule(path.join(root, base, plain(file)), kernel);
    for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
      await writeFile(path.join(root, base, name), readText(path.join(from, name)));
    await indexModules(tools, root, kernel.release);
    const all = [...files.map(plain), ...TEXTS].map((file) => path.join(base, file));
    return all.toSorted().map((file) => ({ path: file, source: path.join(root, file) }));
  }
  return [];
}

async function indexModules(tools: Tools, root: string, release: string): Promise<void> {
  await depmod(tools, root, release);
  const file = path.join(root, 'lib/modules', release, 'modules.dep');
  const softdep = readText(path.join(root, 'lib/modules', release, 'modules.softdep'));
  await writeFile(file, hardenSoftDeps(readText(file), softdep));
}

function plain(file: string): string {
  return file.replace(/\.xz$/, '');
}

async function copyOne(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await copyFile(from, to);
}

/** The signature is appended to the unpacked module, so unpacking keeps it. */
async function unpackXz(tools: Tools, files: readonly string[]): Promise<void> {
  if (files.length > 0) await tools.run('xz', ['-d', '-f', '--', ...files]);
}

async function checkModule(file: string, kernel: PreparedKernel): Promise<void> {
  const info = readModuleInfo(await readFile(file));
  const name = path.basename(file).replace(MODULE_FILE, '');
  const wrong =
    info === undefined
      ? 'is no kernel module, or damaged'
      : !info.is64
        ? 'is a 32-bit module'
        : info.release !== kernel.release
          ? `was built for ${info.release} (vermagic '${info.vermagic}')`
          : undefined;
  if (wrong !== undefined)
    throw new PlumpError('PLUMP_KERNEL', `${kernel.source}: module ${name} ${wrong}; the kernel is ${kernel.release}`, {
      hint: 'take bzImage and modules of the same build',
    });
}

/**
 * Makes modules-NAME.squashfs: the chosen modules, owned by root. It is laid over the base root, in which `lib` is a link to
 * `usr/lib`: a real folder of that name would hide all libraries, so the layer has the same link.
 */
export async function squashModules(
  shop: MediaWorkshop,
  files: readonly ModuleFile[],
  release: string,
  out: string,
): Promise<void> {
  await squashTar(shop.tools, (tar) => writeModules(tar, files, release, shop.epoch), out, shop);
}

async function writeModules(
  tar: TarWriter,
  files: readonly ModuleFile[],
  release: string,
  mtime: number,
): Promise<void> {
  const folder = () => ({ mode: 0o755, mtime });
  // A kernel without modules has the folder all the same: modprobe looks for it.
  tar.parents(`usr/lib/modules/${release}/`, folder);
  tar.link('lib', 'link', 'usr/lib', { mode: 0o777, mtime });
  for (const file of files) {
    const at = `usr/${file.path}`;
    tar.parents(at, folder);
    await tar.file(at, { mode: 0o644, mtime }, (await stat(file.source)).size, createReadStream(file.source));
  }
}

/** The same files as entries of an initrd. */
export async function moduleEntries(files: readonly ModuleFile[]): Promise<CpioEntry[]> {
  return await Promise.all(
    files.map(async (file) => ({ path: file.path, kind: 'file' as const, data: await readFile(file.source) })),
  );
}
