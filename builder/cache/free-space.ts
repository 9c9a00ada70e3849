import { constants, statSync } from 'node:fs';
import { access, readdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';

/** What a build writes at most: into an empty cache, into one that has packages and tools, into the output folder. */
const WANTED_MB = { emptyCache: 1500, cache: 400, out: 300 } as const;

const ELSEWHERE = 'name another place: --out DIR, PLUMPOS_CACHE=DIR';

/**
 * Refuses a build that could not end well, before anything is fetched.
 * @throws PlumpError PLUMP_DISK, PLUMP_INPUT or PLUMP_DENIED naming the folder
 */
export async function refuseFullDisk(cache: string, out: string): Promise<void> {
  const warm = (await readdir(path.join(cache, 'trees')).catch(() => [])).length > 0;
  const wanted = { [cache]: warm ? WANTED_MB.cache : WANTED_MB.emptyCache, [out]: WANTED_MB.out };
  for (const [folder, megabytes] of Object.entries(wanted)) {
    const part = existingPart(folder);
    await access(part, constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EROFS' ? 'read-only file system' : `no permission to write in ${part}`;
      throw new PlumpError('PLUMP_DENIED', `${folder} cannot be written: ${why}`, { cause, hint: ELSEWHERE });
    });
    const { bavail, bsize } = await statfs(part);
    const free = (bavail * bsize) / 1e6;
    if (free < megabytes)
      throw new PlumpError(
        'PLUMP_DISK',
        `too little room for a build in ${folder}: ${Math.floor(free)} MB free, ${megabytes} MB wanted`,
        { hint: `make room, or ${ELSEWHERE}` },
      );
  }
}

/** The nearest folder at or above `file` that exists. */
function existingPart(file: string): string {
  const state = statSync(file, { throwIfNoEntry: false });
  if (state === undefined) return existingPart(path.dirname(file));
  if (!state.isDirectory())
    throw new PlumpError('PLUMP_INPUT', `${file} is a file, and a folder is wanted there`, {
      hint: ELSEWHERE,
    });
  return file;
}
