import { statSync } from 'node:fs';
import { readdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';

/** What a build writes at most: into an empty cache, into one that has packages and tools, into the output folder. */
const WANTED_MB = { emptyCache: 1500, cache: 400, out: 300 } as const;

/** Refuses a build that could not end well, before anything is fetched. @throws PlumpError PLUMP_DISK naming the folder. */
export async function refuseFullDisk(cache: string, out: string): Promise<void> {
  const warm = (await readdir(path.join(cache, 'trees')).catch(() => [])).length > 0;
  const wanted = { [cache]: warm ? WANTED_MB.cache : WANTED_MB.emptyCache, [out]: WANTED_MB.out };
  for (const [folder, megabytes] of Object.entries(wanted)) {
    const { bavail, bsize } = await statfs(existingPart(folder));
    const free = (bavail * bsize) / 1e6;
    if (free < megabytes)
      throw new PlumpError(
        'PLUMP_DISK',
        `too little room for a build in ${folder}: ${Math.floor(free)} MB free, ${megabytes} MB wanted`,
        { hint: 'make room, or name another place: --out DIR, PLUMPOS_CACHE=DIR' },
      );
  }
}

/** The nearest folder at or above `file` that exists. */
function existingPart(file: string): string {
  const state = statSync(file, { throwIfNoEntry: false });
  return state?.isDirectory() ? file : existingPart(path.dirname(file));
}
