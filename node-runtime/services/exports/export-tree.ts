import { mkdirSync } from 'node:fs';
import { checksFolders, chooseMounts, type ChosenMounts } from '../../core/jobs/home-mounts.ts';
import { type MountEntry, readMounts } from '../../system/mount-table.ts';
import { bindMount, hasFileHandles, MOUNT, mount, unmount } from '../../system/mounts.ts';
import type { ExportedFolder } from '../../system/nfsd/rpc-caches.ts';

/** A user's part of the tree: which mount of home has which number there. Numbers stay, or open files would change. */
export interface UserTree {
  readonly slot: number;
  readonly uid: number;
  readonly gid: number;
  /** Paths of home's mounts; the position is the number. */
  paths: readonly string[];
}

/** fsid = slot × this + position of the mount. */
const MOST_MOUNTS = 256;

/** What is exported: below one folder a tree per user, in it a bind of each of home's mounts. */
export class ExportTree {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The pseudo root. */
  get folder(): string {
    return this.#folder;
  }

  /** Makes the empty tree, on a file system of its own that nobody else's mounts see, and no job's copy of home's mounts holds. */
  prepare(): void {
    mkdirSync(this.#folder, { recursive: true });
    mount({ source: 'tmpfs', target: this.#folder, type: 'tmpfs', data: 'mode=0555,size=64k' });
    mount({ source: 'none', target: this.#folder, flags: MOUNT.unbindable });
  }

  /** Home's mounts as they are now. */
  homeMounts(): ChosenMounts {
    return choose(readMounts());
  }

  /** Adds what was mounted at home since; what is there stays. Returns the tree's folders. */
  follow(user: UserTree): ExportedFolder[] {
    const seen = readMounts();
    const { followed } = choose(seen);
    const bound = new Set(seen.map((one) => one.path));
    user.paths = [...user.paths, ...followed.map((one) => one.path).filter((one) => !user.paths.includes(one))];
    mkdirSync(this.#userFolder(user), { recursive: true });
    return followed.flatMap((one) => {
      const index = user.paths.indexOf(one.path);
      const target = this.#place(user, one.path);
      if (index >= MOST_MOUNTS) return [];
      if (!bound.has(target)) bindMount(bytes(one.path), bytes(target), MOUNT.noSuid | MOUNT.noDevices);
      const type = seen.findLast((mount) => mount.path === one.path)?.type ?? '';
      const { slot, uid, gid } = user;
      const fsid = slot * MOST_MOUNTS + index;
      return [{ path: target, fsid, uid, gid, readOnly: one.readOnly, subtreeCheck: checksFolders({ type }) }];
    });
  }

  /** Every folder a user ever had, also of mounts that are gone. */
  all(user: UserTree): Pick<ExportedFolder, 'path' | 'fsid'>[] {
    return user.paths.map((path, index) => ({ path: this.#place(user, path), fsid: user.slot * MOST_MOUNTS + index }));
  }

  /** Lets go of home's mounts: their disks can be taken out. They are bound again when they are wanted. */
  unbind(): void {
    this.#unmount((path) => path.startsWith(`${this.#folder}/`));
  }

  remove(): void {
    this.#unmount((path) => path === this.#folder || path.startsWith(`${this.#folder}/`));
  }

  #unmount(isOurs: (path: string) => boolean): void {
    for (const { path } of readMounts().toReversed()) if (isOurs(path)) unmount(bytes(path));
  }

  #userFolder({ slot }: UserTree): string {
    return `${this.#folder}/${slot}`;
  }

  #place(user: UserTree, path: string): string {
    return path === '/' ? this.#userFolder(user) : `${this.#userFolder(user)}${path}`;
  }
}

function choose(mounts: readonly MountEntry[]): ChosenMounts {
  return chooseMounts(mounts, (path) => hasFileHandles(bytes(path)));
}

/** Paths are bytes, one character each; system calls take them as UTF-8. */
function bytes(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
