import { PlumpError } from '../../base/errors.ts';

/**
 * Frames of the job stream between deputy and shim; the other half is node-runtime/native/common/stream.h.
 * u8 type, u8 arg, u16le 0, u32le length of the payload, u64le offset, payload.
 */
const TYPES = {
  /** Both ways; arg is the channel. */
  data: 0x44,
  /** No more bytes from offset on. */
  end: 0x46,
  /** Everything before offset has arrived where it belongs. */
  taken: 0x41,
  /** The reader is gone: SIGPIPE for whoever writes on. */
  closed: 0x43,
  /** Payload: three u64le, the offsets wanted next of the channels towards the sender. */
  hello: 0x48,
  /** To the shim; payload: four u16le, rows, columns, and both in pixels. */
  window: 0x57,
  /** To the shim: everything has arrived, it may end. */
  bye: 0x42,
  /** To the shim, from root on its host: it closes all its connections. */
  quiet: 0x51,
  /** To the deputy; arg: the signal that stopped the program, 0: it goes on. */
  stopped: 0x54,
  /** To the deputy; offset: the wait status; payload: three i64le, offsets of regular files on 0, 1, 2, -1 none. */
  exited: 0x58,
} as const;

export type JobFrameType = keyof typeof TYPES;

/** Channels of a job, by their number on the wire. */
export const CHANNELS = { in: 0, out: 1, err: 2, screen: 3, keys: 4, signals: 5 } as const;

/** One frame. */
export interface JobFrame {
  readonly type: JobFrameType;
  readonly arg: number;
  readonly offset: number;
  readonly payload: Buffer;
}

const HEAD = 16;
const LONGEST = 65_536;

const typeOf = new Map(Object.entries(TYPES).map(([name, code]) => [code as number, name as JobFrameType]));

export function encodeJobFrame(
  type: JobFrameType,
  { arg = 0, offset = 0, payload = Buffer.alloc(0) }: Partial<Omit<JobFrame, 'type'>> = {},
): Buffer {
  const head = Buffer.alloc(HEAD);
  head[0] = TYPES[type];
  head[1] = arg;
  head.writeUInt32LE(payload.length, 4);
  head.writeBigUInt64LE(BigInt(offset), 8);
  return Buffer.concat([head, payload]);
}

/** The three offsets of a hello, or of an end's files (-1: none). */
export function readOffsets(payload: Buffer): [number, number, number] {
  if (payload.length !== 24) throw nonsense(`${payload.length} bytes of offsets`);
  return [0, 8, 16].map((at) => Number(payload.readBigInt64LE(at))) as [number, number, number];
}

/** A hello that wants these offsets next. */
export function encodeHello(wanted: readonly [number, number, number]): Buffer {
  const payload = Buffer.alloc(24);
  for (const [i, offset] of wanted.entries()) payload.writeBigUInt64LE(BigInt(offset), 8 * i);
  return encodeJobFrame('hello', { payload });
}

/** Finds frames in a stream of bytes however it is cut. */
export class JobFrameReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** @throws PlumpError PLUMP_PROTOCOL for what is no frame. */
  *feed(piece: Buffer): Generator<JobFrame> {
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    while (this.#bytes.length >= HEAD) {
      const length = this.#bytes.readUInt32LE(4);
      const type = typeOf.get(this.#bytes[0] ?? 0);
      if (type === undefined || length > LONGEST || this.#bytes.readUInt16LE(2) !== 0)
        throw nonsense(this.#bytes.toString('hex', 0, HEAD));
      if (this.#bytes.length < HEAD + length) return;
      const frame = {
        type,
        arg: this.#bytes[1] ?? 0,
        offset: Number(this.#bytes.readBigUInt64LE(8)),
        payload: this.#bytes.subarray(HEAD, HEAD + length),
      };
      this.#bytes = this.#bytes.subarray(HEAD + length);
      yield frame;
    }
  }
}

function nonsense(what: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `not a frame of a job stream: ${what}`);
}
