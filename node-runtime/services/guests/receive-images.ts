import { mkdirSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PlumpError } from '../../base/errors.ts';
import { decodeFiles } from '../../network/image-stream.ts';
import { makeGuestDev, makeImageRoom, removeMounts } from '../../system/guest-dev.ts';
import type { Guest } from './guest.ts';

/** Names CRIU gives its images; whatever else comes is refused. */
const IMAGE = /^[a-z0-9][a-z0-9-]*(\.tar\.gz)?\.img$/;
const MORE_BYTES = 4 * 2 ** 20;

/** Takes the images of a guest in, into memory set aside for them. */
export async function receiveImages(guest: Guest, images: AsyncIterable<Uint8Array>): Promise<void> {
  const { paths, record } = guest;
  guest.note({ state: 'receiving' });
  removeMounts([paths.dev, paths.images]);
  mkdirSync(paths.root, { recursive: true });
  makeGuestDev(paths.dev);
  makeImageRoom(paths.images, record.want.imageBytes + MORE_BYTES);
  let left = record.want.imageBytes;
  let file: FileHandle | undefined;
  try {
    await decodeFiles(images, {
      async begin(name, size) {
        left -= size;
        if (left < 0) throw new PlumpError('PLUMP_REFUSED', 'more images come than were announced');
        if (name !== 'init' && !IMAGE.test(name)) throw new PlumpError('PLUMP_PROTOCOL', `'${name}' is no image`);
        await file?.close();
        // A name comes once: an image already checked is not replaced.
        file = await open(
          name === 'init' ? paths.init : `${paths.images}/${name}`,
          'wx',
          name === 'init' ? 0o755 : 0o600,
        );
      },
      async write(bytes) {
        await file?.write(bytes);
      },
    });
  } finally {
    await file?.close();
  }
  guest.note({ images: true });
}
