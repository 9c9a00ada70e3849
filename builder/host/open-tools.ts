import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { readImagePackages } from '../plan/image-packages.ts';
import { cacheFolder } from '../cache/cache-folder.ts';
import { AptRoot } from './apt-root.ts';
import { environmentSources } from './debian-sources.ts';
import type { ToolSet } from './tool-sets.ts';
import { type Tools, toolTree } from './tool-tree.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Where {@link openTools} looks, and whom it tells what takes long. */
export interface OpenToolsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  notice(text: string): void;
}

/** The apt of verbs that only run things: in the default cache, with the suite of the image unless the environment says otherwise. */
export async function openApt({ env, signal, notice }: OpenToolsOptions): Promise<AptRoot> {
  const cache = cacheFolder(env);
  await mkdir(cache, { recursive: true });
  const sources = environmentSources(env, readImagePackages(path.join(root, 'rootfs')).suite);
  return await AptRoot.open({ cache, sources, signal, notice });
}

/** The tools of a set, from that apt. */
export async function openTools(set: ToolSet, options: OpenToolsOptions): Promise<Tools> {
  return toolTree(cacheFolder(options.env), await openApt(options), set, options.signal);
}
