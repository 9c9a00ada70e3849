import type { JobUser } from '../../model/job-spec.ts';

/** Rights an image would give a thread. */
interface Rights {
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  readonly capable: boolean;
}

/** A mount an image would make. */
interface Mount {
  readonly kind: number;
  readonly path: string;
  readonly external: boolean;
}

/** CRIU's numbers: proc, sysfs, tmpfs, devpts; others it may only be handed. */
const OWN_KINDS = new Set([1, 2, 5, 6]);

/** What is wrong with images before CRIU, which is root, sees them; empty: nothing. Pure. */
export function checkImages(
  rights: readonly Rights[],
  mounts: readonly Mount[],
  user: JobUser,
  paths: readonly string[],
): string[] {
  const ids = new Set([user.gid, ...user.groups]);
  const isHers = ({ uids, gids, groups }: Rights) =>
    uids.every((id) => id === user.uid) && [...gids, ...groups].every((id) => ids.has(id));
  const foreign = mounts.filter(({ kind, external, path }) => path !== '/' && !external && !OWN_KINDS.has(kind));
  return [
    ...(rights.length > 0 ? [] : ['there is no task']),
    ...(rights.every(isHers) ? [] : ['a task of another user']),
    ...(rights.some(({ capable }) => capable) ? ['a task with capabilities'] : []),
    ...mounts.filter(({ path }) => !paths.includes(path)).map(({ path }) => `${path} was not mounted`),
    ...foreign.map(({ path, kind }) => `${path} is of kind ${kind}`),
  ];
}
