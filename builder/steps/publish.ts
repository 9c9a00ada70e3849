import { constants, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { lock } from '../cache/lock.ts';
import { BESIDE, STAMP } from '../host/own-output.ts';
import type { StepReport } from '../progress/build-progress.ts';
import { type BuildContext, made } from './build-context.ts';

/**
 * Puts the finished media (and the sources) into the output folder: copied beside, then renamed, so that it never holds a mixture
 * for longer than the renames take.
 */
export async function publish(context: BuildContext, report: StepReport): Promise<string | undefined> {
  const { plan, signal } = context;
  const media = made(context, 'media');
  const fresh = !existsSync(plan.out);
  await mkdir(plan.out, { recursive: true });
  try {
    await using _held = await lock(path.join(plan.out, '.lock'), { signal, notice: (text) => report.notice(text) });
    const changed = !(await isPublished(media, plan.out));
    if (changed) await replaceAll(media, plan.out, signal);
    if (context.sources !== undefined) await replaceAll(context.sources, plan.out, signal, 'sources');
    return changed ? 'a new image' : undefined;
  } catch (error) {
    // Empty as before, or not there as before.
    if (fresh) await rmdir(plan.out).catch(() => {});
    throw error;
  }
}

/** @param under name of a folder in `out` that gets it all; without it each file and folder takes its place in `out` itself. */
async function replaceAll(from: string, out: string, signal: AbortSignal, under?: string): Promise<void> {
  for (const name of await readdir(out))
    if (name.startsWith(BESIDE)) await rm(path.join(out, name), { recursive: true });
  const beside = await mkdtemp(path.join(out, BESIDE));
  try {
    const options = { recursive: true, mode: constants.COPYFILE_FICLONE, preserveTimestamps: true };
    await cp(from, under === undefined ? beside : path.join(beside, under), options);
    signal.throwIfAborted();
    // Last: until then the old one and this one together name everything of ours that is there.
    const names = (await readdir(beside)).toSorted((a, b) => Number(a === STAMP) - Number(b === STAMP));
    for (const name of names) {
      await rm(path.join(out, name), { recursive: true, force: true });
      await rename(path.join(beside, name), path.join(out, name));
    }
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Is every file there as it was put there? Size and time tell; nobody wants to wait for hashes. */
async function isPublished(media: string, out: string): Promise<boolean> {
  const files = await readdir(media, { recursive: true, withFileTypes: true });
  for (const file of files.filter((one) => one.isFile())) {
    const ours = path.join(file.parentPath, file.name);
    const [wanted, found] = await Promise.all([
      stat(ours),
      stat(path.join(out, path.relative(media, ours))).catch(() => undefined),
    ]);
    if (found?.size !== wanted.size || Math.floor(found.mtimeMs) !== Math.floor(wanted.mtimeMs)) return false;
  }
  return true;
}
