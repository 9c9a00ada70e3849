import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { openApt } from '#builder/host/open-tools.ts';
import { run } from '#builder/host/exec.ts';

/** A kernel that is not the stock one: Debian's for virtual machines, small and with everything a node needs. */
export interface OwnKernel {
  readonly deb: string;
  readonly release: string;
  /** The package unpacked: boot/vmlinuz-RELEASE, boot/config-RELEASE, lib/modules/RELEASE. */
  readonly unpacked: string;
}

/** The .deb of one of Debian's kernels, through the cache: what its package without a version stands for. */
export async function kernelDeb(name: 'linux-image-amd64' | 'linux-image-cloud-amd64'): Promise<string> {
  const apt = await openApt({ env: process.env, notice: () => {} });
  const image = (await apt.closure([name])).filter((one) => /^linux-image-\d/.test(one.name));
  return (await apt.fetch(image))[0] ?? '';
}

/** Half of the modules, which no image takes: packing them again and again takes time. */
const UNUSED = [
  'drivers/{md,infiniband,target,comedi,hid}',
  'fs/{xfs,smb,btrfs,ocfs2,gfs2,f2fs,ceph,jfs,ubifs}',
  'net/sched',
];

/** Fetches that kernel, and unpacks it below `folder`. */
export async function ownKernel(folder: string): Promise<OwnKernel> {
  const deb = await kernelDeb('linux-image-cloud-amd64');
  const unpacked = mkdtempSync(path.join(folder, 'kernel-'));
  await run('dpkg-deb', ['-x', deb, unpacked]);
  const release = readdirSync(path.join(unpacked, 'lib/modules'))[0] ?? '';
  for (const folder of globSync(UNUSED, { cwd: path.join(unpacked, 'lib/modules', release, 'kernel') }))
    rmSync(path.join(unpacked, 'lib/modules', release, 'kernel', folder), { recursive: true });
  return { deb, release, unpacked };
}

/** What becomes of the modules before they are packed. */
export type Spoil = (modules: string) => void;

/** Writes a kernel folder in the PlumpOS form: bzImage, modules.tgz, config. */
export async function writeKernelFolder(kernel: OwnKernel, folder: string, spoil: Spoil = () => {}): Promise<void> {
  mkdirSync(folder, { recursive: true });
  copyFileSync(path.join(kernel.unpacked, 'boot', `vmlinuz-${kernel.release}`), path.join(folder, 'bzImage'));
  copyFileSync(path.join(kernel.unpacked, 'boot', `config-${kernel.release}`), path.join(folder, 'config'));
  const work = mkdtempSync(`${folder}-`);
  await run('cp', ['-a', path.join(kernel.unpacked, 'lib'), work]);
  spoil(path.join(work, 'lib/modules'));
  await run('tar', ['-C', work, '-I', 'gzip -1', '-cf', path.join(work, 'modules.tgz'), 'lib']);
  renameSync(path.join(work, 'modules.tgz'), path.join(folder, 'modules.tgz'));
}

/** Writes what `make bzImage modules` leaves behind, as far as a build looks at it. */
export function writeBuildTree(kernel: OwnKernel, tree: string): void {
  const modules = path.join(kernel.unpacked, 'lib/modules', kernel.release);
  const put = (from: string, to: string) => {
    mkdirSync(path.dirname(path.join(tree, to)), { recursive: true });
    copyFileSync(from, path.join(tree, to));
  };
  put(path.join(kernel.unpacked, 'boot', `vmlinuz-${kernel.release}`), 'arch/x86/boot/bzImage');
  put(path.join(kernel.unpacked, 'boot', `config-${kernel.release}`), '.config');
  for (const name of ['modules.builtin', 'modules.builtin.modinfo']) put(path.join(modules, name), name);
  const files = globSync('kernel/**/*.ko', { cwd: modules }).map((file) => file.slice('kernel/'.length));
  for (const file of files) put(path.join(modules, 'kernel', file), file);
  writeFileSync(path.join(tree, 'modules.order'), files.map((file) => `${file.replace(/\.ko$/, '.o')}\n`).join(''));
  mkdirSync(path.join(tree, 'include/config'), { recursive: true });
  writeFileSync(path.join(tree, 'include/config/kernel.release'), `${kernel.release}\n`);
}
