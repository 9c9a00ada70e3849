import { hash } from 'node:crypto';
import path from 'node:path';
import { hashFile } from '../cache/hash-files.ts';
import type { TarWriter } from '../formats/tar-writer.ts';
import { packTree } from '../host/pack-tree.ts';
import { SQUASHFS_RECIPE, squashTar } from '../host/squashfs.ts';
import type { RootTree } from '../plan/root-tree.ts';
import { type BuildContext, made } from './build-context.ts';

/** Packs the root tree into root.squashfs. */
export async function squashRoot(context: BuildContext): Promise<string | undefined> {
  const { plan, cache, signal } = context;
  const tree = made(context, 'tree');
  const shape = { epoch: plan.list.epoch, compress: plan.options.compress };
  const inputs = {
    ...shape,
    squashfs: SQUASHFS_RECIPE[plan.options.compress],
    recipe: 2,
    tools: made(context, 'tools').root.slice(-16),
    ...(await describe(tree)),
  };
  const result = await cache.result('root', inputs, async (folder) => {
    const out = path.join(folder, 'root.squashfs');
    const write = (tar: TarWriter) => packTree(tar, tree, plan.list.epoch);
    await squashTar(made(context, 'tools'), write, out, { ...shape, signal });
  });
  context.root = path.join(result.folder, 'root.squashfs');
  return result.why;
}

/** What each owner contributes, as a hash: so that a rebuild can name the package that changed. */
async function describe(tree: RootTree): Promise<Record<string, string>> {
  const owners = new Map<string, string[]>();
  for (const [at, entry] of tree.sorted()) {
    const owner = entry.kind === 'file' ? entry.owner : 'layout';
    const text = entry.kind === 'file' ? `${entry.mode} ${await hashFile(entry.source)}` : JSON.stringify(entry);
    owners.set(owner, [...(owners.get(owner) ?? []), `${at} ${text}`]);
  }
  return Object.fromEntries([...owners].map(([owner, lines]) => [owner, hash('sha256', lines.join('\n'))]));
}
