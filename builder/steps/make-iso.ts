import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFatImage } from '../host/fat-image.ts';
import { writeGrubImage } from '../host/grub-image.ts';
import { writeIso } from '../host/xorriso.ts';
import type { BootMenu } from '../plan/boot-menu.ts';
import { renderMenu } from '../render/menus.ts';
import type { MediaWorkshop } from './media-workshop.ts';

/** Volume id of our media: `boot` and `lab` know an image of ours by it. */
const VOLUME = 'PLUMPOS';

/** Debian's signed chain: shim by the name firmware looks for, and the GRUB for optical media it starts (evidence f1 §7). */
export const SECURE_BOOT_CHAIN = [
  { path: 'EFI/BOOT/BOOTX64.EFI', source: 'usr/lib/shim/shimx64.efi.signed', from: 'shim-signed' },
  {
    path: 'EFI/BOOT/grubx64.efi',
    source: 'usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed',
    from: 'grub-efi-amd64-signed',
  },
] as const;

/** A kernel as it stands on the medium: files ready to be copied. */
export interface MediumKernel {
  readonly name: string;
  readonly release: string;
  readonly image: string;
  readonly initrd: string;
  readonly modules: string;
}

/** All parts of a medium. */
export interface MediumParts {
  readonly id: string;
  readonly menu: BootMenu;
  readonly kernels: readonly MediumKernel[];
  /** root.squashfs */
  readonly root: string;
  readonly addons: string | undefined;
  /** Text of plumpos/config.json. */
  readonly config: string;
  /** Text of packages/list, for the record. */
  readonly list: string;
  /** With Debian's signed shim and GRUB, or a GRUB of our own (4 MB smaller, no Secure Boot). */
  readonly secureBoot: boolean;
}

/** Puts the tree of the ISO together below the workshop's folder and writes `out`. */
export async function makeIso(shop: MediaWorkshop, parts: MediumParts, out: string): Promise<void> {
  const tree = new TreeWriter(path.join(shop.folder, 'iso'));
  await addLoaders(shop, tree, parts);
  await addKernels(tree, parts.kernels);
  await addSystem(tree, parts);
  await writeIso(shop.tools, { tree: tree.root, out, volume: VOLUME, epoch: shop.epoch, signal: shop.signal });
}

/** Writes files of a medium with modes that do not depend on the umask. */
class TreeWriter {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async copy(file: string, from: string): Promise<void> {
    await copyFile(from, await this.#place(file));
    await chmod(path.join(this.root, file), 0o644);
  }

  async text(file: string, text: string): Promise<void> {
    await writeFile(await this.#place(file), text);
    await chmod(path.join(this.root, file), 0o644);
  }

  async #place(file: string): Promise<string> {
    for (let dir = this.root, rest = path.dirname(file).split('/'); ; dir = path.join(dir, rest.shift() ?? '')) {
      await mkdir(dir, { recursive: true });
      await chmod(dir, 0o755);
      if (rest.length === 0 || rest[0] === '.') break;
    }
    return path.join(this.root, file);
  }
}

async function addLoaders(shop: MediaWorkshop, tree: TreeWriter, parts: MediumParts): Promise<void> {
  await tree.copy('isolinux/isolinux.bin', shop.tools.path('usr/lib/ISOLINUX/isolinux.bin'));
  await tree.copy('isolinux/ldlinux.c32', shop.tools.path('usr/lib/syslinux/modules/bios/ldlinux.c32'));
  await tree.text('isolinux/isolinux.cfg', renderMenu('isolinux', parts.menu));
  await tree.text('isolinux/boot.msg', renderMenu('isolinuxText', parts.menu));
  await tree.text('boot/grub/grub.cfg', renderMenu('grub', parts.menu));
  // Debian's signed GRUB for optical media knows its medium by this file.
  await tree.text('.disk/info', `PlumpOS ${parts.menu.version} ${parts.id}\n`);
  const efi = path.join(shop.folder, 'efi.img');
  await writeFatImage(shop.tools, efi, await efiLoaders(shop, parts.secureBoot), shop.epoch);
  await tree.copy('boot/efi.img', efi);
}

async function efiLoaders({ tools, signed, folder }: MediaWorkshop, secureBoot: boolean) {
  if (secureBoot) return SECURE_BOOT_CHAIN.map((one) => ({ path: one.path, source: signed.path(one.source) }));
  const own = path.join(folder, 'bootx64.efi');
  await writeGrubImage(tools, folder, own);
  return [{ path: 'EFI/BOOT/BOOTX64.EFI', source: own }];
}

async function addKernels(tree: TreeWriter, kernels: readonly MediumKernel[]): Promise<void> {
  for (const kernel of kernels) {
    await tree.copy(`boot/${kernel.name}/vmlinuz`, kernel.image);
    await tree.copy(`boot/${kernel.name}/initrd.img`, kernel.initrd);
    await tree.copy(`plumpos/modules-${kernel.name}.squashfs`, kernel.modules);
  }
}

async function addSystem(tree: TreeWriter, parts: MediumParts): Promise<void> {
  await tree.copy('plumpos/root.squashfs', parts.root);
  if (parts.addons !== undefined) await tree.copy('plumpos/addons.squashfs', parts.addons);
  await tree.text('plumpos/config.json', parts.config);
  await tree.text('plumpos/id', `${parts.id}\n`);
  await tree.text('packages/list', parts.list);
}
