import { PlumpError } from '#runtime/base/errors.ts';

/**
 * Frames between the host and lab-agent in the guest; the other half is node-runtime/native/lab-agent/frame.h, and
 * test/unit/builder/lab-agent.test.ts holds the two together.
 * A frame: u32le length of the payload, u32le session id, u8 type, payload.
 */
export const FRAME = {
  /** Host: flags (u8), then argv, each word ended by NUL. */
  exec: 1,
  stdin: 2,
  stdinEof: 3,
  stdout: 4,
  stderr: 5,
  /** Guest: i32le status, 128 + signal when a signal ended it. */
  exit: 6,
  /** Host: u8 number of the signal, to the process group. */
  signal: 7,
  /** Host: 8 random bytes naming this host; the guest sends them back. A new name ends all older sessions. */
  hello: 8,
  /** Host: path of a unix socket; then stdin/stdinEof to it, stdout from it, exit at its end. */
  connect: 9,
  /** Host: u16le rows, u16le columns. */
  windowSize: 10,
  /** Guest: u32le bytes of stdin passed on, so that the host may send as many more. */
  taken: 11,
} as const;

/** Flags of {@link FRAME.exec}. */
export const EXEC_FLAG = { tty: 1, detach: 2 } as const;

/** The host has at most this much stdin of a session under way: the guest keeps no more than this for each. */
export const STDIN_WINDOW = 64 * 1024;

const HEAD = 9;
/** No frame is longer; a longer one means the two sides lost each other. */
const LONGEST = 1 << 20;

/** One frame, decoded. */
export interface Frame {
  readonly id: number;
  readonly type: number;
  readonly payload: Buffer;
}

/** Bytes of one frame. The length counts the payload alone. */
export function encodeFrame(id: number, type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt32LE(id, 4);
  frame.writeUInt8(type, 8);
  frame.set(payload, HEAD);
  return frame;
}

/** Cuts a byte stream into frames, however it arrives. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws PlumpError PLUMP_PROTOCOL for a length no frame has. */
  *feed(chunk: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEAD) {
      const length = this.#rest.readUInt32LE(0);
      if (length > LONGEST) throw new PlumpError('PLUMP_PROTOCOL', `command channel: a frame of ${length} bytes`);
      if (this.#rest.length < HEAD + length) return;
      const payload = this.#rest.subarray(HEAD, HEAD + length);
      const frame = { id: this.#rest.readUInt32LE(4), type: this.#rest.readUInt8(8), payload };
      this.#rest = this.#rest.subarray(HEAD + length);
      yield frame;
    }
  }
}
