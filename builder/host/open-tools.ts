import { mkdir } from 'node:fs/promises';
import { cacheFolder } from '../cache/cache-folder.ts';
import { AptRoot } from './apt-root.ts';
import { debianSources } from './debian-sources.ts';
import type { ToolSet } from './tool-sets.ts';
import { type Tools, toolTree } from './tool-tree.ts';

/** The suite tools and image are taken from unless the user says otherwise. */
export const SUITE = 'bookworm';

/** Where {@link openTools} looks, and whom it tells what takes long. */
export interface OpenToolsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  notice(text: string): void;
}

/** The tools of a set from the default cache and the host's own Debian sources: for verbs that only run things. */
export async function openTools(set: ToolSet, options: OpenToolsOptions): Promise<Tools> {
  const cache = cacheFolder(options.env);
  await mkdir(cache, { recursive: true });
  const apt = await AptRoot.open({
    cache,
    sources: debianSources({ suite: SUITE }),
    signal: options.signal,
    notice: options.notice,
  });
  return toolTree(cache, apt, set, options.signal);
}
