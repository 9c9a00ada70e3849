import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { PlumpError } from '../base/errors.ts';
import { MOUNT, mount, unmount } from './mounts.ts';
import { readMounts } from './mount-table.ts';

/** By this it is known as ours. */
const SOURCE = 'plumpos-hpc';
/** Users write files there: so much memory is theirs to fill, and no more. */
const OPTIONS = 'mode=0755,size=16m';

/**
 * A small file system of its own, in memory. What an agent that was killed left is taken over.
 * @throws PlumpError PLUMP_REFUSED when something else is there
 */
export function openHpcMount(folder: string): void {
  if (isMounted(folder)) return;
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new PlumpError('PLUMP_REFUSED', `${folder} is not empty: it belongs to something else`);
  mkdirSync(folder, { recursive: true });
  mount({
    source: SOURCE,
    target: folder,
    type: 'tmpfs',
    flags: MOUNT.noSuid | MOUNT.noDevices | MOUNT.noExec,
    data: OPTIONS,
  });
}

/** Takes it away, if it is ours; whoever still stands in it keeps an empty folder. */
export function closeHpcMount(folder: string): void {
  if (!isMounted(folder)) return;
  unmount(folder);
  rmdirSync(folder);
}

function isMounted(folder: string): boolean {
  return readMounts().some(({ path, source }) => path === folder && source === SOURCE);
}
