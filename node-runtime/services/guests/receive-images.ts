import { mkdirSync } from 'node:fs';
import { bothDone } from '../../base/both-done.ts';
import { impatient } from '../../base/impatient.ts';
import { makeGuestDev, makeImageRoom, removeMounts } from '../../system/guest-dev.ts';
import type { Guest } from './guest.ts';
import { storeImages } from './image-sink.ts';

const MORE_BYTES = 4 * 2 ** 20;
/** Longer than the sender waits. */
const STALLED_MS = 30_000;

/** Takes the images of a guest in, into memory set aside for them, and makes its network meanwhile. */
export async function receiveImages(guest: Guest, stream: AsyncIterable<Uint8Array>): Promise<void> {
  const { paths, record } = guest;
  guest.note({ state: 'receiving' });
  removeMounts([paths.dev, paths.images]);
  mkdirSync(paths.root, { recursive: true });
  makeGuestDev(paths.dev);
  const bytes = record.want.imageBytes;
  makeImageRoom(paths.images, bytes + MORE_BYTES);
  // A source that is silent for good must not keep this guest from being cleared away.
  const coming = impatient(stream, { idleMs: STALLED_MS, signal: guest.stop.signal });
  const { address } = record.want;
  await bothDone(
    storeImages({ images: paths.images, init: paths.init, bytes }, coming),
    address === undefined ? Promise.resolve() : guest.world.links.make(guest.names, address),
  );
  guest.note({ images: true });
}
