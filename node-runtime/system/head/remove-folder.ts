import { rmSync } from 'node:fs';
import { PlumpError } from '../../base/errors.ts';
import { readMounts } from '../mount-table.ts';
import { unmount } from '../mounts.ts';

/**
 * Removes a folder of ours with all that is in it. What is mounted below it is unmounted first: an agent that was killed may
 * have left a bind of the machine's own root there (the exports), and deleting through it would delete the machine.
 * @throws PlumpError PLUMP_SYSTEM, and nothing is deleted, while anything is still mounted there
 */
export function removeFolder(folder: string): void {
  for (const path of mountsBelow(folder)) unmount(path);
  const [left] = mountsBelow(folder);
  if (left !== undefined) throw new PlumpError('PLUMP_SYSTEM', `${left} is still mounted; ${folder} stays`);
  rmSync(folder, { recursive: true, force: true });
}

/** The last mounted first. */
function mountsBelow(folder: string): string[] {
  return readMounts()
    .map(({ path }) => path)
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .toReversed();
}
