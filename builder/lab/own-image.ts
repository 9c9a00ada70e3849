import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { openIso } from '../formats/iso.ts';
import { readAt } from '../host/read-at.ts';

/** What an image of ours says about itself. */
export interface OwnImage {
  /** Image id. */
  readonly id: string;
  /** Names of its kernels in menu order; the first starts by itself. */
  readonly kernels: readonly string[];
}

/**
 * Looks into an ISO file without mounting it.
 * @throws PlumpError PLUMP_IMAGE when it cannot be read or is none of ours.
 */
export async function readOwnImage(iso: string): Promise<OwnImage> {
  await using file = await open(iso).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT';
    const message = missing ? `there is no image ${iso}` : `${iso} cannot be read: ${cause.message}`;
    throw new PlumpError('PLUMP_IMAGE', message, { cause, ...(missing ? { hint: './plumpos build makes it' } : {}) });
  });
  const state = await file.stat();
  if (state.isDirectory()) throw new PlumpError('PLUMP_IMAGE', `${iso} is a folder, not an image`);
  const image = await openIso(readAt(file));
  if (image !== undefined && state.isFile() && state.size < image.size)
    throw new PlumpError('PLUMP_IMAGE', `${iso} is cut off: ${state.size} of ${image.size} bytes are there`, {
      hint: 'copy it again',
    });
  const id = (await image?.file('plumpos/id'))?.toString().trim();
  if (!id)
    throw new PlumpError('PLUMP_IMAGE', `${iso} is not an image of PlumpOS`, { hint: './plumpos build makes one' });
  const menu = (await image?.file('isolinux/isolinux.cfg'))?.toString() ?? '';
  return { id, kernels: [...menu.matchAll(/^LABEL (\S+)/gm)].map(([, name = '']) => name) };
}

/** @throws PlumpError PLUMP_IMAGE when a TFTP root was not built together with the image */
export async function checkPxe(pxe: string, iso: string, image: OwnImage): Promise<void> {
  const id = await readFile(path.join(pxe, 'plumpos/id'), 'utf8').catch(() => undefined);
  if (id === undefined)
    throw new PlumpError('PLUMP_IMAGE', `there is no TFTP root at ${pxe}`, {
      hint: './plumpos build makes it beside the ISO',
    });
  if (id.trim() !== image.id)
    throw new PlumpError('PLUMP_IMAGE', `${pxe} and ${iso} are of different builds`, { hint: 'run ./plumpos build' });
}
