import type { HomeMount } from '../../model/job-spec.ts';
import type { UnfollowedMount } from '../../model/guest-ops.ts';

/** A mount, as much of it as is looked at here. */
export interface SeenMount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
  readonly superOptions: readonly string[];
}

/** Which of home's mounts a job takes along. */
export interface ChosenMounts {
  /** `/` first, parents before children. */
  readonly followed: readonly HomeMount[];
  readonly unfollowed: readonly UnfollowedMount[];
}

/** A job has mounts of its own here, everywhere. */
export const JOBS_OWN = ['/proc', '/sys', '/dev'];
/** The machine's, as it runs now: only at home it is home's. */
const MACHINES_OWN = '/run';
/** What the kernel's NFS server can serve: file systems with lasting file handles. */
const SERVABLE = new Set(
  'ext2 ext3 ext4 xfs btrfs f2fs jfs reiserfs zfs tmpfs vfat exfat ntfs3 squashfs iso9660 udf'.split(' '),
);

/**
 * Decides which mounts below / jobs see on every host, and says of the others why not. Pure.
 * @param hasHandles whether the file system at a path gives lasting file handles; asked only where its type may.
 */
export function chooseMounts(mounts: readonly SeenMount[], hasHandles: (path: string) => boolean): ChosenMounts {
  const followed: HomeMount[] = [];
  const unfollowed: UnfollowedMount[] = [];
  for (const mount of visible(mounts)) {
    const above = unfollowed.find(({ path }) => isWithin(mount.path, path));
    // Where what is above it is not, there is no place for it.
    const reason = above?.reason ?? unservable(mount) ?? (hasHandles(mount.path) ? undefined : withoutHandles(mount));
    if (reason !== undefined) unfollowed.push({ path: mount.path, reason });
    else followed.push(homeMount(mount, followed.length));
  }
  return { followed, unfollowed };
}

/** Those of home's mounts that her job can have: a folder she may not pass is closed to her at home, too. Pure. */
export function passableMounts(followed: readonly HomeMount[], isClosed: (index: number) => boolean): HomeMount[] {
  const closed = followed.filter(({ path }, index) => path !== '/' && isClosed(index));
  return followed.filter(({ path }) => !closed.some((one) => isWithin(path, one.path)));
}

/** Mounts no other member has that one of these paths is on, each once. Pure. */
export function touchedMounts(unfollowed: readonly UnfollowedMount[], paths: readonly string[]): UnfollowedMount[] {
  const found = paths.flatMap((one) => unfollowed.findLast((mount) => isWithin(one, mount.path)) ?? []);
  return [...new Set(found)];
}

/** Whether handles of this mount can be checked against the folders above a file; overlays cannot give such handles. */
export function checksFolders(mount: Pick<SeenMount, 'type'>): boolean {
  return mount.type !== 'overlay';
}

function homeMount(mount: SeenMount, index: number): HomeMount {
  return {
    path: mount.path,
    readOnly: mount.options.includes('ro') || mount.superOptions.includes('ro'),
    noexec: mount.options.includes('noexec'),
    fsid: index,
  };
}

/** A mount hides what was mounted at or below its path before. Sorted: parents first. */
function visible(mounts: readonly SeenMount[]): SeenMount[] {
  let seen: SeenMount[] = [];
  for (const mount of mounts) {
    seen = seen.filter((one) => !isWithin(one.path, mount.path));
    seen.push(mount);
  }
  return seen
    .filter((one) => !JOBS_OWN.some((own) => isWithin(one.path, own)))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

function unservable(mount: SeenMount): string | undefined {
  if (isWithin(mount.path, MACHINES_OWN)) return "it is this machine's own";
  if (mount.type === 'overlay')
    return mount.superOptions.includes('nfs_export=on') ? undefined : 'an overlay mounted without nfs_export=on';
  return SERVABLE.has(mount.type) ? undefined : `${mount.type} cannot be served by NFS`;
}

/** As a squashfs is that was made without -exports. */
function withoutHandles({ type }: SeenMount): string {
  return `this ${type} has no file handles, so NFS cannot serve it`;
}
