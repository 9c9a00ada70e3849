import { mkdirSync } from 'node:fs';
import { bothDone } from '../../base/both-done.ts';
import { impatient } from '../../base/impatient.ts';
import { PlumpError } from '../../base/errors.ts';
import { makeGuestDev, makeImageRoom, removeMounts, resizeImageRoom } from '../../system/guest-dev.ts';
import type { Guest } from './guest.ts';
import { storeImages } from './image-sink.ts';

const MORE_BYTES = 4 * 2 ** 20;
/** Longer than the sender waits. */
const STALLED_MS = 30_000;

/** Takes the images of a guest's memory in, into memory set aside for all of them, and makes its network meanwhile. */
export async function receiveMemory(guest: Guest, stream: AsyncIterable<Uint8Array>): Promise<void> {
  const { paths, record } = guest;
  guest.note({ state: 'receiving', images: false });
  removeMounts([paths.dev, paths.images]);
  mkdirSync(paths.root, { recursive: true });
  makeGuestDev(paths.dev);
  makeImageRoom(paths.images, roomFor(guest));
  const { address } = record.want;
  await bothDone(
    store(guest, stream),
    address === undefined ? Promise.resolve() : guest.world.links.make(guest.names, address),
  );
}

/** Takes in the other images, after those of the memory. */
export async function receiveRest(guest: Guest, stream: AsyncIterable<Uint8Array>): Promise<void> {
  if (guest.record.state !== 'receiving') throw new PlumpError('PLUMP_REFUSED', 'its memory has not come');
  // More may have been set aside meanwhile.
  resizeImageRoom(guest.paths.images, roomFor(guest));
  await store(guest, stream);
  guest.note({ images: true });
}

function roomFor({ record }: Guest): number {
  return record.want.imageBytes + MORE_BYTES;
}

/** A source that is silent for good must not keep this guest from being cleared away. */
function store({ paths, record, stop }: Guest, stream: AsyncIterable<Uint8Array>): Promise<void> {
  const coming = impatient(stream, { idleMs: STALLED_MS, signal: stop.signal });
  return storeImages({ images: paths.images, init: paths.init, bytes: record.want.imageBytes }, coming);
}
