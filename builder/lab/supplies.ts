import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../cache/cache-folder.ts';
import { StepCache } from '../cache/step-cache.ts';
import type { DebReference } from '../formats/print-uris.ts';
import type { AptRoot } from '../host/apt-root.ts';
import { openApt, type OpenToolsOptions } from '../host/open-tools.ts';
import { type Tools, toolTree } from '../host/tool-tree.ts';
import type { VmTools } from './types.ts';
import { vmToolsOf } from './vm-tools.ts';

/** Everything a room is made with: packages, tools, QEMU, and the cache of what was made before. */
export interface LabSupplies {
  readonly cacheFolder: string;
  readonly cache: StepCache;
  readonly apt: AptRoot;
  /** Makes images. */
  readonly image: Tools;
  /** Runs virtual PCs. */
  readonly vm: Tools;
  readonly qemu: VmTools;
  readonly accel: 'tcg' | 'kvm';
  readonly signal: AbortSignal;
  notice(text: string): void;
}

/** @throws PlumpError PLUMP_FETCH, PLUMP_CONFIG as the apt root and the tool trees do. */
export async function openSupplies(options: OpenToolsOptions & { signal: AbortSignal }): Promise<LabSupplies> {
  const { signal, env } = options;
  const folder = cacheFolder(env);
  const notice = (text: string) => options.notice(text);
  const apt = await openApt(options);
  const image = await toolTree(folder, apt, 'image', signal);
  const vm = await toolTree(folder, apt, 'vm', signal);
  const qemu = vmToolsOf(vm);
  // A room is started unattended: the accelerator that works everywhere, unless the user says otherwise.
  const accel = env['PLUMPOS_ACCEL'] === 'kvm' ? 'kvm' : 'tcg';
  return { cacheFolder: folder, cache: new StepCache(folder), apt, image, vm, qemu, accel, signal, notice };
}

/** A list of packages and all they depend on; apt is asked once per state of its package lists. */
export async function resolveOnce(
  supplies: LabSupplies,
  packages: readonly string[],
): Promise<readonly DebReference[]> {
  const inputs = { lists: await supplies.apt.stamp, packages };
  const { folder } = await supplies.cache.result('lab-packages', inputs, async (out) => {
    await writeFile(path.join(out, 'packages.json'), JSON.stringify(await supplies.apt.closure(packages)));
  });
  return JSON.parse(await readFile(path.join(folder, 'packages.json'), 'utf8')) as DebReference[];
}
