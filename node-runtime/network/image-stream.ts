import { PlumpError } from '../base/errors.ts';
import { ChunkReader } from './chunk-reader.ts';

/** A file on its way to another member. */
export interface StreamedFile {
  readonly name: string;
  readonly size: number;
  content(): AsyncIterable<Uint8Array>;
}

/** Who takes the files that come in. */
export interface FileSink {
  /** Called for each file before its bytes. @throws when it is not wanted. */
  begin(name: string, size: number): Promise<void>;
  write(bytes: Buffer): Promise<void>;
}

type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

const LONGEST_NAME = 200;
/** u16le length of the name, u64le size; no name: the end. */
const HEAD_BYTES = 10;
const LEAST_PIECE = 64 * 1024;

/**
 * Files as one stream: for each a head, its name, its bytes; then an empty head. What has the name of the file before it is
 * more of that file.
 */
export function encodeFiles(files: AnyIterable<StreamedFile>): AsyncGenerator<Uint8Array> {
  return gathered(encoded(files));
}

/** Most images are smaller than their head: many of them go in one piece. */
async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < LEAST_PIECE) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  yield Buffer.concat(waiting);
}

async function* encoded(files: AnyIterable<StreamedFile>): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    yield Buffer.concat([head(file.name.length, file.size), Buffer.from(file.name, 'latin1')]);
    let left = file.size;
    for await (const chunk of file.content()) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
    }
    if (left !== 0) throw new PlumpError('PLUMP_SYSTEM', `${file.name} changed while it was sent`);
  }
  yield head(0, 0);
}

/**
 * Takes such a stream apart; memory stays bounded by the size of its chunks.
 * @throws PlumpError PLUMP_PROTOCOL for a stream that is none, ends early, or goes on after its end.
 */
export async function decodeFiles(stream: AsyncIterable<Uint8Array>, sink: FileSink): Promise<void> {
  const reader = new ChunkReader(stream, () => refuse('it ends too early'));
  for (;;) {
    const bytes = await reader.exactly(HEAD_BYTES);
    const length = bytes.readUInt16LE(0);
    if (length === 0) break;
    if (length > LONGEST_NAME) throw refuse('a name is too long');
    let left = Number(bytes.readBigUInt64LE(2));
    if (!Number.isSafeInteger(left)) throw refuse('a file is too long');
    await sink.begin((await reader.exactly(length)).toString('latin1'), left);
    while (left > 0) {
      const chunk = await reader.atMost(left);
      left -= chunk.length;
      await sink.write(chunk);
    }
  }
  if (!(await reader.ended())) throw refuse('there is more than announced');
}

function head(nameLength: number, size: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.writeUInt16LE(nameLength, 0);
  bytes.writeBigUInt64LE(BigInt(size), 2);
  return bytes;
}

function refuse(why: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `the images that came are refused: ${why}`);
}
