import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, globSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ManifestFile } from '#runtime/model/manifest.ts';
import type { KernelFinding } from '#runtime/model/kernel-needs.ts';
import { hashFile } from '../cache/hash-files.ts';
import type { StepInputs } from '../cache/step-cache.ts';
import { SQUASHFS_RECIPE } from '../host/squashfs.ts';
import { checkKernelName, nameFromRelease, type KernelSource } from '../plan/kernel-sources.ts';
import { chooseModules, decodeModuleLists } from '../plan/module-choice.ts';
import { type BuildContext, made } from './build-context.ts';
import { chosenModules, type ModuleFile, squashModules } from './pack-modules.ts';
import { type PreparedKernel, prepareKernel } from './prepare-kernels.ts';

/** A kernel ready for the medium. */
export interface KernelPart {
  readonly name: string;
  readonly release: string;
  readonly form: KernelSource['form'];
  /** Where it came from, for messages and the manifest. */
  readonly source: string;
  /** Name of the finished part in the cache: changes with everything it is made of. */
  readonly identity: string;
  readonly image: string;
  readonly modules: string;
  readonly initrdModules: readonly ModuleFile[];
  readonly config: PreparedKernel['config'];
  readonly findings: readonly KernelFinding[];
  readonly why: string | undefined;
}

/** In the folder of a finished part: its files on the node, for the manifest. */
export const FILE_LIST = 'files.json';

interface Facts {
  readonly release: string;
  readonly config: readonly (readonly [string, string])[] | undefined;
  readonly findings: readonly KernelFinding[];
  readonly initrdModules: readonly string[];
}

/** Unpacks, checks and packs one kernel, or takes it from the cache. @throws PlumpError PLUMP_KERNEL */
export async function makeKernelPart(
  context: BuildContext,
  source: KernelSource,
  taken: readonly string[],
): Promise<KernelPart> {
  const { plan, cache } = context;
  const lists = path.join(plan.root, 'rootfs/modules.json');
  const inputs: StepInputs = {
    source: await hashSource(source),
    lists: await hashFile(lists),
    compress: plan.options.compress,
    allModules: plan.options['all-modules'],
    epoch: plan.list.epoch,
    squashfs: SQUASHFS_RECIPE[plan.options.compress],
    recipe: 6,
  };
  const made = await cache.result('kernel', inputs, (folder) => fill(context, source, lists, folder));
  const facts = JSON.parse(await readFile(path.join(made.folder, 'facts.json'), 'utf8')) as Facts;
  const name = source.name ?? checkKernelName(nameFromRelease(facts.release, taken), source.path);
  return {
    name,
    release: facts.release,
    form: source.form,
    source: source.path,
    identity: path.basename(made.folder),
    image: path.join(made.folder, 'vmlinuz'),
    modules: path.join(made.folder, 'modules.squashfs'),
    initrdModules: facts.initrdModules.map((file) => ({ path: file, source: path.join(made.folder, 'initrd', file) })),
    config: facts.config && new Map(facts.config),
    findings: facts.findings,
    why: made.why,
  };
}

async function fill(context: BuildContext, source: KernelSource, lists: string, folder: string): Promise<void> {
  const tools = made(context, 'tools');
  const scratch = path.join(folder, '.scratch');
  const { plan, signal } = context;
  const kernel = await prepareKernel(tools, source, path.join(scratch, 'kernel'));
  const choice =
    kernel.modules &&
    chooseModules(
      kernel.modules.index,
      decodeModuleLists(await readFile(lists, 'utf8'), lists),
      plan.options['all-modules'],
    );
  const none: ReadonlySet<string> = new Set();
  const all = await chosenModules(tools, kernel, choice?.node ?? none, path.join(scratch, 'node'));
  const few = await chosenModules(tools, kernel, choice?.initrd ?? none, path.join(folder, 'initrd'));
  const shop = {
    tools,
    signed: made(context, 'signed'),
    signal,
    folder,
    epoch: plan.list.epoch,
    compress: plan.options.compress,
  };
  if (kernel.licence) {
    const { of, file } = kernel.licence;
    all.push({ path: `share/licenses/${of}/copyright`, source: file });
  }
  await squashModules(shop, all, kernel.release, path.join(folder, 'modules.squashfs'));
  await mkdir(folder, { recursive: true });
  await cp(kernel.image, path.join(folder, 'vmlinuz'));
  const facts: Facts = {
    release: kernel.release,
    config: kernel.config && [...kernel.config],
    findings: kernel.findings,
    initrdModules: few.map((one) => one.path),
  };
  await writeFile(path.join(folder, 'facts.json'), JSON.stringify(facts));
  await writeFile(path.join(folder, FILE_LIST), JSON.stringify(await Promise.all(all.map(listed))));
  await rm(scratch, { recursive: true });
}

async function listed({ path: file, source }: ModuleFile): Promise<Omit<ManifestFile, 'from'>> {
  return { path: `/usr/${file}`, sha256: await hashFile(source), bytes: statSync(source).size };
}

/** Hash over what a kernel is made from. Of a build tree, whose modules are many, names, sizes and times stand for contents. */
async function hashSource({ form, path: from }: KernelSource): Promise<string> {
  // The stock kernel is a .deb like any other: given by its path it is the same.
  if (form === 'deb' || form === 'stock') return `deb ${await hashFile(from)}`;
  if (form === 'bare') return `bare ${await hashFile(from)}`;
  const sum = createHash('sha256').update(form);
  if (form === 'folder') {
    for (const name of ['bzImage', 'modules.tgz', 'config', 'System.map'])
      if (existsSync(path.join(from, name))) sum.update(`${name} ${await hashFile(path.join(from, name))}\n`);
    return sum.digest('hex');
  }
  sum.update(await hashFile(path.join(from, 'arch/x86/boot/bzImage')));
  for (const file of globSync('**/*.ko', { cwd: from }).toSorted()) {
    const { size, mtimeMs } = statSync(path.join(from, file));
    sum.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return sum.digest('hex');
}
