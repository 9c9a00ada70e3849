import { createHash } from 'node:crypto';
import { createReadStream, globSync, lstatSync, readlinkSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import path from 'node:path';

/** SHA-256 of a file, hex. */
export async function hashFile(file: string): Promise<string> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(file), sum);
  return sum.digest('hex');
}

/** SHA-256 over names, kinds, the executable bit and contents of the files below a folder that a pattern finds (no hidden ones), hex: for folders of ours. */
export async function hashFolder(folder: string, pattern = '**/*'): Promise<string> {
  const sum = createHash('sha256');
  for (const name of globSync(pattern, { cwd: folder }).toSorted()) {
    const full = path.join(folder, name);
    const state = lstatSync(full);
    if (state.isSymbolicLink()) sum.update(`l ${name} ${readlinkSync(full)}\n`);
    else if (state.isFile()) sum.update(`f ${name} ${state.mode & 0o100} ${await hashFile(full)}\n`);
  }
  return sum.digest('hex');
}
