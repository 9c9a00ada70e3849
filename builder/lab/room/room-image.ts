import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { openIso } from '../../formats/iso.ts';
import { readKeyIfThere } from '../../host/cluster-key.ts';
import { readAt } from '../../host/read-at.ts';
import { checkPxe, readOwnImage } from '../own-image.ts';

/** The image a room is started with: the very files of one build. */
export interface RoomImage {
  readonly iso: string;
  /** TFTP root beside it. */
  readonly pxe: string;
  /** Programs of a head, and their size in bytes. */
  readonly head: string;
  readonly headBytes: number;
  /** Join code of the cluster. */
  readonly join: string;
  /** Has the ISO it, too? Without, only nodes that are told it by network or by QEMU join by themselves. */
  readonly joinInIso: boolean;
}

/**
 * Looks at the files of a build. The join code is the medium's own; an image made without one takes that of `keyFile`.
 * @throws PlumpError PLUMP_IMAGE when something is missing or of different builds, PLUMP_KEY without any join code.
 */
export async function readRoomImage(iso: string, keyFile: string): Promise<RoomImage> {
  const image = await readOwnImage(iso);
  const out = path.dirname(iso);
  const pxe = path.join(out, 'pxe');
  await checkPxe(pxe, iso, image);
  const head = path.join(out, 'head.tar.zst');
  const headBytes = (await stat(head).catch(() => undefined))?.size ?? 0;
  return { iso, pxe, head, headBytes, ...(await joinCode(iso, keyFile)) };
}

async function joinCode(iso: string, keyFile: string): Promise<Pick<RoomImage, 'join' | 'joinInIso'>> {
  await using file = await open(iso);
  const image = await openIso(readAt(file));
  const config = JSON.parse((await image?.file('plumpos/config.json'))?.toString() ?? '{}') as { join?: string };
  const join = config.join ?? (await readKeyIfThere(keyFile));
  if (join === undefined)
    throw new PlumpError('PLUMP_KEY', `${iso} holds no cluster secret, and there is no ${keyFile}`, {
      hint: "build it without --no-key, or 'plumpos key new' makes a key",
    });
  return { join, joinInIso: config.join !== undefined };
}
