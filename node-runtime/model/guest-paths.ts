import type { GuestRef } from './guest.ts';
import { PATHS } from './paths.ts';

/** Where one life of a job is on its host. Everything carries the generation: both ends of a move may be one machine. */
export interface GuestPaths {
  readonly folder: string;
  /** The job's /dev, a small tmpfs. */
  readonly dev: string;
  /** Where its pid 1 listens for the byte stream. */
  readonly socket: string;
  /** Pid 1's program: inside the job, because its image names it. */
  readonly init: string;
  /** Mount point of its root; mounted only in the job's own mount namespace. */
  readonly root: string;
  /** Mount points of home's other mounts during a restore. */
  readonly mounts: string;
  /** CRIU's images, a tmpfs while there are any. */
  readonly images: string;
  /** Host pid of its pid 1, as CRIU writes it. */
  readonly pidFile: string;
  readonly record: string;
  /** What lets home's relay in. */
  readonly relay: string;
}

/** The paths of a guest. */
export function guestPaths({ id, generation }: Pick<GuestRef, 'id' | 'generation'>): GuestPaths {
  const folder = `${GUESTS_FOLDER}/${id}-${generation}`;
  return {
    folder,
    dev: `${folder}/dev`,
    socket: `${folder}/dev/.plumpos/shim`,
    init: `${folder}/dev/.plumpos/init`,
    root: `${folder}/root`,
    mounts: `${folder}/m`,
    images: `${folder}/img`,
    pidFile: `${folder}/pid`,
    record: `${folder}/record.json`,
    relay: `${PATHS.run}/relay/in-${id}`,
  };
}

export const GUESTS_FOLDER = `${PATHS.run}/guests`;
