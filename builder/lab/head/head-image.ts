import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { SQUASHFS_RECIPE, squashTar } from '../../host/squashfs.ts';
import { hashFolder } from '../../cache/hash-files.ts';
import { labInitrd } from '../lab-initrd.ts';
import { allModules, type LabKernel } from '../lab-kernel.ts';
import { type LabSupplies, resolveOnce } from '../supplies.ts';
import { configureDebian } from './configure-debian.ts';
import { HEAD_PACKAGES } from './packages.ts';
import { writeDebian } from './write-debian.ts';

/** What a head boots from; all of it lies in the cache and is never written to. */
export interface HeadImage {
  readonly vmlinuz: string;
  readonly initrd: string;
  /** squashfs layers, the lowest first: packages, what configuring them made, the kernel's modules. */
  readonly layers: readonly [string, string, string];
}

const MODULES = ['virtio_pci', 'virtio_console', 'virtio_blk', 'virtio_net', 'squashfs', 'overlay'];
const recipe = (name: string) => path.join(import.meta.dirname, name);

/**
 * An ordinary Debian, made without any right on this machine: apt finds the packages, one tar stream of all of them
 * becomes a squashfs, a virtual PC configures them once. Minutes the first time, nothing later.
 */
export async function headImage(supplies: LabSupplies, kernel: LabKernel): Promise<HeadImage> {
  const packages = await resolveOnce(supplies, HEAD_PACKAGES);
  const inputs = {
    packages: packages.map((deb) => deb.hash),
    writer: await readFile(recipe('write-debian.ts'), 'utf8'),
    squashfs: SQUASHFS_RECIPE.lz4,
  };
  const base = await supplies.cache.result('head-base', inputs, async (out) => {
    const debs = await supplies.apt.fetch(packages);
    supplies.notice(`making the head's Debian from ${debs.length} packages`);
    const options = { compress: 'lz4', epoch: 0, signal: supplies.signal } as const;
    await squashTar(supplies.image, (tar) => writeDebian(tar, debs), path.join(out, 'root.squashfs'), options);
  });
  const root = path.join(base.folder, 'root.squashfs');
  const config = await configured(supplies, kernel, root, path.basename(base.folder));
  return { ...(await starter(supplies, kernel)), layers: [root, config, await modules(supplies, kernel)] };
}

async function configured(supplies: LabSupplies, kernel: LabKernel, base: string, identity: string): Promise<string> {
  const setup = await readFile(recipe('guest/setup'), 'utf8');
  const inputs = { base: identity, setup, configure: await readFile(recipe('guest/configure'), 'utf8') };
  const { folder } = await supplies.cache.result('head-config', inputs, async (out) => {
    supplies.notice('configuring it once in a virtual PC (some minutes; the result is kept)');
    await configureDebian(supplies, kernel, base, path.join(out, 'config.squashfs'));
    for (const name of ['.changes.tar', '.configure-initrd']) await rm(path.join(out, name), { force: true });
  });
  return path.join(folder, 'config.squashfs');
}

async function modules(supplies: LabSupplies, kernel: LabKernel): Promise<string> {
  const { folder } = await supplies.cache.result(
    'head-modules',
    { kernel: kernel.identity, indexes: 'all', squashfs: SQUASHFS_RECIPE.lz4 },
    async (out) => {
      const work = path.join(out, '.modules.squashfs');
      const options = { compress: 'lz4', epoch: 0, signal: supplies.signal } as const;
      await squashTar(
        supplies.image,
        async (tar) => {
          for (const file of allModules(kernel)) {
            // `lib` itself is a link in the root: a folder of that name above it would hide it.
            const at = `usr/${file.path}`;
            tar.parents(at, () => ({ mode: 0o755, mtime: 0 }));
            const { size } = await stat(file.source);
            await tar.file(at, { mode: 0o644, mtime: 0 }, size, createReadStream(file.source));
          }
        },
        work,
        options,
      );
      await rename(work, path.join(out, 'modules.squashfs'));
    },
  );
  return path.join(folder, 'modules.squashfs');
}

async function starter(supplies: LabSupplies, kernel: LabKernel): Promise<{ vmlinuz: string; initrd: string }> {
  const inputs = { kernel: kernel.identity, guest: await hashFolder(recipe('guest')) };
  const { folder } = await supplies.cache.result('head-initrd', inputs, async (out) => {
    const initrd = await labInitrd(supplies, { kernel, modules: MODULES, programs: { init: recipe('guest/init') } });
    await writeFile(path.join(out, 'initrd'), initrd);
  });
  return { vmlinuz: kernel.vmlinuz, initrd: path.join(folder, 'initrd') };
}
