import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';

/** Longest path a unix socket may have (unix(7): 108 bytes with the NUL), less the longest name in the folder. */
const LONGEST = 107 - '/head9-99'.length;

/** Where this user's lab lives while it runs: `PLUMPOS_LAB`, so that several may run, or a folder below /tmp. */
export function labFolder(env: Readonly<Record<string, string | undefined>>): string {
  const folder = path.resolve(env['PLUMPOS_LAB'] || `/tmp/plumpos-lab-${process.getuid?.()}`);
  if (Buffer.byteLength(folder) > LONGEST)
    throw new PlumpError('PLUMP_USAGE', `PLUMPOS_LAB is too long for the sockets in it: ${folder}`);
  return folder;
}

/** The socket by which every `plumpos lab` reaches the process that holds the room. */
export function controlSocket(folder: string): string {
  return path.join(folder, 'control');
}
