import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CpioEntry, writeCpio } from '../formats/cpio.ts';
import { renderMenu } from '../render/menus.ts';
import type { MediumKernel, MediumParts } from './make-iso.ts';
import type { MediaWorkshop } from './media-workshop.ts';

/** The loaders of a TFTP root: where they lie in the tool tree, and how they are called there. */
const LOADERS = {
  'pxelinux.0': 'usr/lib/PXELINUX/pxelinux.0',
  'ldlinux.c32': 'usr/lib/syslinux/modules/bios/ldlinux.c32',
  'undionly.kpxe': 'usr/lib/ipxe/undionly.kpxe',
  'snponly.efi': 'usr/lib/ipxe/snponly.efi',
} as const;

const SIGNED_LOADERS = {
  'shimx64.efi': 'usr/lib/shim/shimx64.efi.signed',
  'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
} as const;

/**
 * Writes a complete TFTP root into `out`: loaders, their configurations, kernels and initrds, and the system twice: packed
 * as an initrd (root.cpio) for loaders that bring everything, and as files (plumpos/) for plumpos.root=URL.
 */
export async function makePxe(shop: MediaWorkshop, parts: MediumParts, out: string): Promise<void> {
  const place = async (file: string) => {
    const target = path.join(out, file);
    await mkdir(path.dirname(target), { recursive: true });
    return target;
  };
  for (const [file, source] of Object.entries(LOADERS)) await copyFile(shop.tools.path(source), await place(file));
  for (const [file, source] of Object.entries(SIGNED_LOADERS))
    await copyFile(shop.signed.path(source), await place(file));
  await writeFile(await place('pxelinux.cfg/default'), renderMenu('pxelinux', parts.menu));
  await writeFile(await place('grub/grub.cfg'), renderMenu('grubNet', parts.menu));
  await writeFile(await place('plumpos.ipxe'), renderMenu('ipxe', parts.menu));
  await writeFile(await place('dnsmasq.conf.example'), renderMenu('dnsmasq', parts.menu));
  for (const kernel of parts.kernels) {
    await copyFile(kernel.image, await place(`${kernel.name}/vmlinuz`));
    await copyFile(kernel.initrd, await place(`${kernel.name}/initrd.img`));
    await writeFile(await place(`${kernel.name}/modules.cpio`), await modulesCpio(kernel, shop.epoch));
  }
  const system = await systemEntries(parts);
  await writeFile(
    await place('root.cpio'),
    writeCpio(
      system.map((one) => ({ ...one, path: `medium/${one.path}` })),
      shop.epoch,
    ),
  );
  for (const one of system) await writeFile(await place(one.path), one.data);
  // What a node that fetches them must have got (rootfs/initrd/lib/plumpos/fetch.sh).
  const names = system.map((one) => path.basename(one.path)).filter((name) => name !== 'id');
  await writeFile(await place('plumpos/files'), names.map((name) => `${name}\n`).join(''));
}

async function modulesCpio(kernel: MediumKernel, epoch: number): Promise<Buffer> {
  const data = await readFile(kernel.modules);
  return writeCpio([{ path: `medium/plumpos/modules-${kernel.name}.squashfs`, kind: 'file', data }], epoch);
}

async function systemEntries(parts: MediumParts): Promise<(CpioEntry & { kind: 'file' })[]> {
  const file = (name: string, data: Uint8Array) => ({ path: `plumpos/${name}`, kind: 'file' as const, data });
  return [
    file('root.squashfs', await readFile(parts.root)),
    ...(parts.addons === undefined ? [] : [file('addons.squashfs', await readFile(parts.addons))]),
    file('config.json', Buffer.from(parts.config)),
    file('id', Buffer.from(`${parts.id}\n`)),
  ];
}
