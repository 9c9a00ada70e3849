import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type BuildContext, made } from './build-context.ts';

/** File in the output folder that says which image lies there; its presence means all of it is there. */
const STAMP = 'SHA256SUMS';

/** Puts the finished media into the output folder: copied beside, then renamed, so that it never holds a mixture for longer than the renames take. */
export async function publish(context: BuildContext): Promise<string | undefined> {
  const { plan } = context;
  const media = made(context, 'media');
  if (await isPublished(media, plan.out)) return undefined;
  await mkdir(plan.out, { recursive: true });
  const beside = await mkdtemp(path.join(plan.out, '.new-'));
  try {
    await cp(media, beside, {
      recursive: true,
      mode: 2 /* a reflink where the file system can */,
      preserveTimestamps: true,
    });
    context.signal.throwIfAborted();
    await rm(path.join(plan.out, STAMP), { force: true });
    const names = await readdir(beside);
    for (const name of names.filter((one) => one !== STAMP)) {
      await rm(path.join(plan.out, name), { recursive: true, force: true });
      await rename(path.join(beside, name), path.join(plan.out, name));
    }
    if (names.includes(STAMP)) await rename(path.join(beside, STAMP), path.join(plan.out, STAMP));
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return 'a new image';
}

async function isPublished(media: string, out: string): Promise<boolean> {
  const [ours, there] = [path.join(media, STAMP), path.join(out, STAMP)];
  if (!existsSync(ours) || !existsSync(there)) return false;
  return (
    (await readFile(ours, 'utf8')) === (await readFile(there, 'utf8')) && existsSync(path.join(out, 'plumpos.iso'))
  );
}
