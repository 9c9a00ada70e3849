import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { hash } from 'node:crypto';
import path from 'node:path';
import type { Options } from 'execa';
import { PlumpError } from '#runtime/base/errors.ts';
import { lock } from '../cache/lock.ts';
import { touch } from '../cache/touch.ts';
import type { DebReference } from '../formats/print-uris.ts';
import type { AptRoot } from './apt-root.ts';
import { run, toolEnvironment } from './exec.ts';
import { TOOL_SETS, type ToolSet } from './tool-sets.ts';
import { unpackDebs } from './unpack-deb.ts';

/** A program with the arguments its own loader needs. */
export interface ToolCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** Programs unpacked from Debian packages, run through the loader and libraries they came with. Nothing is installed. */
export class Tools {
  readonly root: string;
  /** The packages inside, for the record. */
  readonly packages: readonly DebReference[];

  constructor(root: string, packages: readonly DebReference[]) {
    this.root = root;
    this.packages = packages;
  }

  /** A file of one of the packages, e.g. `usr/lib/ISOLINUX/isolinux.bin`. @throws PlumpError PLUMP_TOOL when it is not there */
  path(inPackage: string): string {
    const file = path.join(this.root, inPackage);
    if (!existsSync(file)) throw new PlumpError('PLUMP_TOOL', `the tool tree has no ${inPackage} (in ${this.root})`);
    return file;
  }

  /** How to start a program, for those who start it themselves; `name` may be a path inside the tree. */
  command(name: string): ToolCommand {
    const file = name.includes('/') ? this.path(name) : this.#find(name);
    const libraries = LIBRARY_FOLDERS.map((folder) => path.join(this.root, folder)).filter((folder) =>
      existsSync(folder),
    );
    const loader = this.path('lib/x86_64-linux-gnu/ld-linux-x86-64.so.2');
    return { file: loader, args: ['--inhibit-cache', '--library-path', libraries.join(':'), '--argv0', file, file] };
  }

  /** Runs a program to its end, in the tools' environment plus `options.env`. */
  async run(name: string, args: readonly string[], options: Options = {}): Promise<{ stdout: string; stderr: string }> {
    const command = this.command(name);
    const env = { ...toolEnvironment(), ...options.env };
    return run(command.file, [...command.args, ...args], { ...options, env });
  }

  #find(name: string): string {
    const file = PROGRAM_FOLDERS.map((folder) => path.join(this.root, folder, name)).find((one) => existsSync(one));
    if (file === undefined)
      throw new PlumpError('PLUMP_TOOL', `the tool tree has no program '${name}' (in ${this.root})`);
    return file;
  }
}

/** Of the documentation only the licences are kept. */
const NOT_UNPACKED = ['usr/share/doc/*/!(copyright)', 'usr/share/{man,locale,info}', 'var', 'etc/init.d'];
const PROGRAM_FOLDERS = ['usr/bin', 'usr/sbin', 'bin', 'sbin'];
const LIBRARY_FOLDERS = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib', 'usr/lib'];

/**
 * The tools of a set, unpacked below `cache`/trees on first use.
 * @throws PlumpError PLUMP_FETCH when they are not there yet and cannot be fetched.
 */
export async function toolTree(cache: string, apt: AptRoot, set: ToolSet, signal?: AbortSignal): Promise<Tools> {
  const trees = path.join(cache, 'trees');
  await mkdir(trees, { recursive: true });
  await using _held = await lock(path.join(trees, `${set}.lock`), { signal, notice: (text) => apt.notice(text) });
  const definition = TOOL_SETS[set];
  const packages = 'exact' in definition ? await apt.exact(definition.exact) : await apt.closure(definition);
  const identity = hash('sha256', ['links', 'copyright', ...packages.map((deb) => deb.hash)].join('\n')).slice(0, 16);
  const tree = path.join(trees, `${set}-${identity}`);
  if (apt.fresh) await rm(tree, { recursive: true, force: true });
  if (!existsSync(tree)) await unpackDebs(await apt.fetch(packages), tree, NOT_UNPACKED);
  await touch([tree]);
  return new Tools(tree, packages);
}
