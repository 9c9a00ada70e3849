import type { Duplex } from 'node:stream';
import { PlumpError } from '../../base/errors.ts';
import type { ImageTarget } from '../../model/guest.ts';
import type { SendImages } from '../../model/guest-ops.ts';
import { encodeFiles, type StreamedFile } from '../../network/image-stream.ts';
import { pageImages } from '../../network/criu-image/page-server.ts';
import type { Guest } from './guest.ts';

/** The memory of a guest on its way to the target, while CRIU reads it: it is nowhere twice. */
export class MemoryOut {
  readonly #guest: Guest;
  readonly #to: ImageTarget;
  readonly #send: SendImages;
  #sent: Promise<unknown> = Promise.resolve();
  #bytes = 0;

  constructor(guest: Guest, { to, send }: { readonly to: ImageTarget; readonly send: SendImages }) {
    this.#guest = guest;
    this.#to = to;
    this.#send = send;
  }

  /** @param stream CRIU's end of it, both ways; whatever comes by it is a sign that CRIU is `alive` */
  begin(stream: Duplex, alive: () => void): void {
    // CRIU says itself why it ends.
    stream.on('error', () => {});
    const first = new Promise<void>((resolve) => {
      stream.once('readable', resolve);
      stream.once('close', resolve);
    });
    // What becomes of it is asked for at the end.
    this.#sent = first
      .then(() => this.#carry(stream, alive))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    // A dump whose memory nobody takes fails at once.
    void this.#sent.then((error) => error !== undefined && stream.destroy());
  }

  /**
   * Waits until the target has all of it; returns how many bytes.
   * @param whole whether CRIU has come to its end. @throws what the target said
   */
  async ended(whole: boolean): Promise<number> {
    const error = await this.#sent;
    const refused = error instanceof PlumpError && error.code === 'PLUMP_REFUSED';
    if (error !== undefined && (whole || refused)) throw error;
    return this.#bytes;
  }

  #carry(stream: Duplex, alive: () => void): Promise<void> {
    const images = pageImages(beating(stream, alive), (bytes) => void stream.write(bytes));
    return this.#send(this.#guest.ref, this.#to, 'memory', encodeFiles(this.#counted(images)));
  }

  async *#counted(images: AsyncIterable<StreamedFile>): AsyncGenerator<StreamedFile> {
    for await (const image of images) {
      this.#bytes += image.size;
      yield image;
    }
  }
}

async function* beating(stream: AsyncIterable<Uint8Array>, alive: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    alive();
    yield chunk;
  }
}
