import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { PlumpError } from '#runtime/base/errors.ts';
import { checkKernel, type KernelFinding } from '#runtime/model/kernel-needs.ts';
import { type BzImage, readBzImage } from '../formats/bz-image.ts';
import {
  embeddedConfig,
  type KernelConfig,
  parseKernelConfig,
  payloadFormat,
  unpackPayload,
} from '../formats/kernel-config.ts';
import type { ModuleIndex } from '../formats/modules-files.ts';
import { depmod, readText } from '../host/depmod.ts';
import type { Tools } from '../host/tool-tree.ts';
import { openDeb, openTarball } from '../host/open-tarball.ts';
import type { KernelForm, KernelSource } from '../plan/kernel-sources.ts';
import { treeModules } from './kernel-tree.ts';
import { type UnpackedKernel, unpackKernel } from './unpack-kernel.ts';

/** A kernel unpacked and looked at, before its modules are chosen. */
export interface PreparedKernel {
  readonly form: KernelForm;
  readonly source: string;
  readonly name: string | undefined;
  readonly release: string;
  /** The bzImage. */
  readonly image: string;
  /** Folder that holds lib/modules/RELEASE, and its modules; absent for a kernel that came alone. */
  readonly modules: { readonly root: string; readonly index: ModuleIndex } | undefined;
  readonly config: KernelConfig | undefined;
  /** The licence text it came with, and the package that has it. */
  readonly licence: { readonly of: string; readonly file: string } | undefined;
  /** What the check says. */
  readonly findings: readonly KernelFinding[];
}

interface Pieces {
  readonly image: string;
  readonly modulesRoot?: string;
  readonly releases: readonly string[];
  readonly config?: string;
  readonly licence?: PreparedKernel['licence'];
}

/**
 * Unpacks one kernel below `folder`, in whatever form it was given, and checks it.
 * @throws PlumpError PLUMP_KERNEL for what would not boot: no kernel, 32-bit, essentials missing, modules of another release.
 */
export async function prepareKernel(tools: Tools, source: KernelSource, folder: string): Promise<PreparedKernel> {
  const kernel = await inspectKernel(tools, source, folder);
  refuseUnbootable(kernel.findings, source.path);
  return kernel;
}

/** As {@link prepareKernel}, but missing essentials are among the findings: for telling everything that is missing. */
export async function inspectKernel(tools: Tools, source: KernelSource, folder: string): Promise<PreparedKernel> {
  await mkdir(folder, { recursive: true });
  const pieces = await unpackForm(tools, source, folder);
  const bytes = await readFile(pieces.image);
  const kernel = readBzImage(bytes, pieces.image);
  refuseNarrow(kernel, pieces.image);
  refuseOtherRelease(kernel, pieces, source.path);
  const config = pieces.config === undefined ? await configInside(tools, kernel) : parseKernelConfig(pieces.config);
  const root = pieces.modulesRoot;
  const modules =
    root === undefined ? undefined : { root, index: await depmod(tools, root, pieces.releases[0] ?? kernel.release) };
  const findings = checkKernel({
    release: kernel.release,
    signed: kernel.signed,
    ...(config ? { config } : {}),
    ...(modules ? { modules: new Set([...modules.index.paths.keys(), ...modules.index.builtin]) } : {}),
  });
  const { form, path: from, name } = source;
  const { image, licence } = pieces;
  return { form, source: from, name, release: kernel.release, image, modules, config, licence, findings };
}

async function unpackForm(tools: Tools, source: KernelSource, folder: string): Promise<Pieces> {
  switch (source.form) {
    case 'bare':
      return { image: source.path, releases: [] };
    case 'folder':
      return await fromFolder(tools, source.path, folder);
    case 'tree':
      return await fromTree(source.path, folder);
    default:
      return fromDeb(await unpackKernel(openDeb(source.path), source.path, folder), source.path, folder);
  }
}

async function fromFolder(tools: Tools, from: string, folder: string): Promise<Pieces> {
  const archive = path.join(from, 'modules.tgz');
  const config = readText(path.join(from, 'config'));
  const base = { image: path.join(from, 'bzImage'), ...(config === '' ? {} : { config }) };
  if (!existsSync(archive)) return { ...base, releases: [] };
  const { releases } = await unpackKernel(openTarball(tools, archive), archive, folder);
  if (releases.length === 0)
    throw new PlumpError('PLUMP_KERNEL', `${archive} holds no modules`, {
      hint: 'its paths are relative to /: lib/modules/RELEASE/kernel/...',
    });
  return { ...base, modulesRoot: folder, releases };
}

async function fromTree(from: string, folder: string): Promise<Pieces> {
  const release = readText(path.join(from, 'include/config/kernel.release')).trim();
  const image = path.join(from, 'arch/x86/boot/bzImage');
  const config = readText(path.join(from, '.config'));
  const found = await treeModules(from);
  const target = path.join(folder, 'lib/modules', release);
  for (const file of found) {
    await mkdir(path.dirname(path.join(target, 'kernel', file)), { recursive: true });
    await symlink(path.join(from, file), path.join(target, 'kernel', file));
  }
  for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    if (found.length > 0 && existsSync(path.join(from, name)))
      await copyFile(path.join(from, name), path.join(target, name));
  }
  const modules = found.length > 0 ? { modulesRoot: folder, releases: [release] } : { releases: [] };
  return { image, ...modules, ...(config === '' ? {} : { config }) };
}

function fromDeb(unpacked: UnpackedKernel, from: string, folder: string): Pieces {
  const image = unpacked.boot.find((file) => file.startsWith('boot/vmlinuz-'));
  if (image === undefined)
    throw new PlumpError('PLUMP_KERNEL', `${from} holds no kernel (boot/vmlinuz-...)`, {
      hint: 'give the package called linux-image-RELEASE, not linux-image-amd64, which is empty',
    });
  const config = unpacked.boot.find((file) => file.startsWith('boot/config-'));
  const of = unpacked.licence;
  return {
    image: path.join(folder, image),
    releases: unpacked.releases,
    ...(unpacked.releases.length > 0 ? { modulesRoot: folder } : {}),
    ...(config === undefined ? {} : { config: readText(path.join(folder, config)) }),
    ...(of === undefined ? {} : { licence: { of, file: path.join(folder, 'usr/share/doc', of, 'copyright') } }),
  };
}

async function configInside(tools: Tools, kernel: BzImage): Promise<KernelConfig | undefined> {
  if (kernel.payload === undefined) return undefined;
  if (payloadFormat(kernel.payload) !== 'xz') {
    const plain = unpackPayload(kernel.payload);
    return plain && embeddedConfig(plain);
  }
  const xz = tools.command('xz');
  const input = { input: kernel.payload, encoding: 'buffer', reject: false, maxBuffer: 512 * 1024 * 1024 } as const;
  const { stdout } = await execa(xz.file, [...xz.args, '-dc', '--single-stream'], input);
  return embeddedConfig(Buffer.from(stdout));
}

function refuseNarrow(kernel: BzImage, where: string): void {
  if (kernel.is64) return;
  throw new PlumpError(
    'PLUMP_KERNEL',
    `${where} is a 32-bit kernel (${kernel.release}); this image is for 64-bit PCs`,
    {
      hint: 'build it with CONFIG_64BIT=y',
    },
  );
}

function refuseOtherRelease(kernel: BzImage, pieces: Pieces, from: string): void {
  const other = pieces.releases.find((release) => release !== kernel.release);
  if (other === undefined) return;
  throw new PlumpError('PLUMP_KERNEL', `${from}: the kernel is ${kernel.release}, its modules are for ${other}`, {
    hint: 'take bzImage and modules of the same build',
  });
}

function refuseUnbootable(findings: readonly KernelFinding[], from: string): void {
  const errors = findings.filter((finding) => finding.level === 'error');
  if (errors.length === 0) return;
  const text = errors.map((one) => one.text).join('; ');
  throw new PlumpError('PLUMP_KERNEL', `${from} would not boot: ${text}`, {
    hint: `'plumpos check --kernel ${from}' shows everything that is missing`,
  });
}
