import { PlumpError } from '#runtime/base/errors.ts';

/** QEMU never sends more than this for one frame, offloads included. */
const LONGEST = 128 * 1024;
const LEAST = 14;

/** One frame as QEMU's `-netdev stream` takes it: u32be length, then the frame. */
export function encodeEthernet(frame: Buffer): Buffer {
  const out = Buffer.allocUnsafe(4 + frame.length);
  out.writeUInt32BE(frame.length, 0);
  frame.copy(out, 4);
  return out;
}

/** Cuts the byte stream of `-netdev stream` into Ethernet frames. Frames are views: copy what is kept. */
export class EthernetReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws PlumpError PLUMP_PROTOCOL for a length no frame has: the two sides lost each other. */
  *feed(chunk: Buffer): Generator<Buffer> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 4) {
      const length = this.#rest.readUInt32BE(0);
      if (length < LEAST || length > LONGEST)
        throw new PlumpError('PLUMP_PROTOCOL', `virtual switch: a frame of ${length} bytes`);
      if (this.#rest.length < 4 + length) return;
      const frame = this.#rest.subarray(4, 4 + length);
      this.#rest = this.#rest.subarray(4 + length);
      yield frame;
    }
  }
}
