import { closeSync, openSync, writeSync } from 'node:fs';
import { PlumpError } from '../../base/errors.ts';
import { isImageName } from '../../core/jobs/image-names.ts';
import { decodeFiles } from '../../network/image-stream.ts';

/** Where images go, and how much may come. */
export interface ImageRoom {
  /** Folder of CRIU's images. */
  readonly images: string;
  /** The program of pid 1, which comes along. */
  readonly init: string;
  /** Announced. */
  readonly bytes: number;
}

/** Empty files cost memory too, which nobody announced: so many, and one for each so many bytes. */
const FEW_FILES = 1000;
const BYTES_A_FILE = 256;

/**
 * Writes a stream of images: only files of CRIU's names, each once, in one folder, and no more than was announced.
 * @throws PlumpError PLUMP_REFUSED, PLUMP_PROTOCOL
 */
export async function storeImages(room: ImageRoom, stream: AsyncIterable<Uint8Array>): Promise<void> {
  let left = room.bytes;
  let files = 0;
  let file: number | undefined;
  let last: string | undefined;
  const close = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  // They go into memory: nothing is waited for.
  try {
    await decodeFiles(stream, {
      async begin(name, size) {
        left -= size;
        if (left < 0 || ++files > FEW_FILES + room.bytes / BYTES_A_FILE)
          throw new PlumpError('PLUMP_REFUSED', 'more images come than were announced');
        // More of the file that is being written.
        if (name === last) return;
        if (name !== 'init' && !isImageName(name)) throw new PlumpError('PLUMP_PROTOCOL', `'${name}' is no image`);
        close();
        last = name;
        // A name comes once: an image already checked is not replaced, and nothing is followed.
        const [path, mode] = name === 'init' ? [room.init, 0o755] : [`${room.images}/${name}`, 0o600];
        file = create(name, path, mode);
      },
      async write(bytes) {
        for (let done = 0; file !== undefined && done < bytes.length; ) done += writeSync(file, bytes, done);
      },
    });
  } finally {
    close();
  }
}

function create(name: string, path: string, mode: number): number {
  try {
    return openSync(path, 'wx', mode);
  } catch (cause) {
    throw new PlumpError('PLUMP_PROTOCOL', `'${name}' came before`, { cause });
  }
}
