import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';

/** Forms in which a kernel may be given (DESIGN §2). */
export type KernelForm = 'stock' | 'folder' | 'deb' | 'tree' | 'bare';

/** Where one kernel of the image comes from. */
export interface KernelSource {
  readonly form: KernelForm;
  /** Absolute; empty for the stock kernel, which apt brings. */
  readonly path: string;
  /** Name in the menu and on the medium, where it is known already: otherwise it comes from the release. */
  readonly name?: string;
}

/** Folders whose sub-folders are kernels, in the order they are taken. */
const DROP_INS = ['kernels', 'rootdisk/kernels'];
const NAME = /^[A-Za-z0-9]{1,8}(\.[A-Za-z0-9]{1,3})?$/;

/**
 * The kernels of an image in menu order, the first being the default entry: those of `--kernel`, then the drop-ins below
 * `cwd`, or the distribution's own where there is neither.
 * @throws PlumpError PLUMP_KERNEL for a missing path, a folder that is none, a bad or a doubled name.
 */
export function findKernels(specs: readonly string[], cwd: string): KernelSource[] {
  const given = [...specs.map((spec) => fromOption(spec, cwd)), ...dropIns(cwd)];
  const kernels = given.filter((one, i) => given.findIndex((other) => other.path === one.path) === i);
  refuseDoubles(kernels);
  return kernels.length === 0 ? [{ form: 'stock', path: '' }] : kernels;
}

function fromOption(spec: string, cwd: string): KernelSource {
  const [, name, rest] = /^([^/=]+)=(.+)$/.exec(spec) ?? [];
  const file = path.resolve(cwd, rest ?? spec);
  if (!existsSync(file))
    throw new PlumpError('PLUMP_KERNEL', `--kernel ${spec}: ${file} does not exist`, {
      hint: 'it takes a folder with bzImage and modules.tgz, a kernel .deb, a kernel build tree or a bzImage',
    });
  const form = formOf(file);
  const called = name ?? (form === 'folder' ? path.basename(file) : undefined);
  return called === undefined ? { form, path: file } : { form, path: file, name: checkKernelName(called, file) };
}

function formOf(file: string): KernelForm {
  if (!statSync(file).isDirectory()) return file.endsWith('.deb') ? 'deb' : 'bare';
  if (isFile(path.join(file, 'bzImage'))) return 'folder';
  if (isFile(path.join(file, 'arch/x86/boot/bzImage'))) return 'tree';
  const unbuilt = existsSync(path.join(file, 'Kbuild'));
  throw new PlumpError('PLUMP_KERNEL', `${file} has no bzImage`, {
    hint: unbuilt ? "it looks like a kernel source tree: run 'make bzImage modules' there first" : FOLDER_HINT,
  });
}

const FOLDER_HINT = 'a kernel folder holds bzImage and modules.tgz (paths in it relative to /: lib/modules/...)';

function dropIns(cwd: string): KernelSource[] {
  return DROP_INS.flatMap((folder) => {
    const root = path.join(cwd, folder);
    if (!existsSync(root)) return [];
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.') && isFolder(path.join(root, entry.name)))
      .map((entry) => path.join(root, entry.name))
      .toSorted()
      .map((file) => ({ form: formOf(file), path: file, name: checkKernelName(path.basename(file), file) }));
  });
}

/** @throws PlumpError PLUMP_KERNEL for a link to nothing */
function isFolder(file: string): boolean {
  const state = statSync(file, { throwIfNoEntry: false });
  if (state !== undefined) return state.isDirectory();
  throw new PlumpError('PLUMP_KERNEL', `${file} is a link to nothing`, { hint: 'mend it, or take it away' });
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** DOS 8.3 with letters, digits and at most one dot: what ISOLINUX lets people type, and every file system keeps. */
export function checkKernelName(name: string, where: string): string {
  if (NAME.test(name)) return name;
  throw new PlumpError('PLUMP_KERNEL', `'${name}' cannot be the name of a kernel (${where})`, {
    hint: 'up to 8 letters or digits, then at most one dot with up to 3 more; or name it: --kernel NAME=PATH',
  });
}

/** Names differ in more than case: ISO 9660 and FAT do not see it. */
function refuseDoubles(kernels: readonly KernelSource[]): void {
  const seen = new Map<string, KernelSource>();
  for (const kernel of kernels) {
    if (kernel.name === undefined) continue;
    const other = seen.get(kernel.name.toLowerCase());
    if (other)
      throw new PlumpError('PLUMP_KERNEL', `two kernels are called ${kernel.name}: ${other.path} and ${kernel.path}`, {
        hint: 'give one another name: --kernel NAME=PATH',
      });
    seen.set(kernel.name.toLowerCase(), kernel);
  }
}

/** Names a kernel without one of its own must not get: those of the kernels before it, and those somebody chose for any. */
export function namesTaken(kernels: readonly KernelSource[], before: readonly { readonly name: string }[]): string[] {
  return [...before, ...kernels].flatMap(({ name }) => name ?? []);
}

/** A name made of the release: 6.1.0-56-amd64 -> linux61; the next kernel of that series is linux61.2. */
export function nameFromRelease(release: string, taken: readonly string[]): string {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  const base = `linux${major}${minor}`.slice(0, 8);
  const used = new Set(taken.map((name) => name.toLowerCase()));
  let name = base;
  for (let i = 2; used.has(name); i++) name = `${base}.${i}`;
  return name;
}
