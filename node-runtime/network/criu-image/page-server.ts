import { PlumpError } from '../../base/errors.ts';
import { ChunkReader } from '../chunk-reader.ts';
import type { StreamedFile } from '../image-stream.ts';
import { imageOf, varintField } from './encode.ts';

/** Commands of the protocol, and what CRIU waits for after them (criu/page-xfer.c, the same from 3.12 to 4.1). */
const OPEN = 4;
const PARENT = 5;
const ADD = 6;
const CLOSE = 0x1023;
const FORCE_CLOSE = 0x1024;
/** Of a command: 16 bits, and 16 of flags. */
const COMMAND_MASK = 0xffff;
const FLAG_BITS = 16;
/** u32 command, u32 pages, u64 address, u64 where to; as the machine has them, which is little-endian here. */
const COMMAND_BYTES = 24;
/** The pages follow. */
const PRESENT = 4;
const PAGE_BYTES = 4096;
/** Low byte of where to: memory of a task, or shared by several. */
const KINDS: Readonly<Record<number, string>> = { 1: 'pagemap', 2: 'pagemap-shmem' };
const KIND_BITS = 8n;
/** The dump numbers what it writes itself from 1. */
const FIRST_PAGES = 0x1_0001;
const PAGEMAP_MAGIC = 0x5608_4025;

interface Command {
  readonly command: number;
  readonly flags: number;
  readonly pages: number;
  readonly address: bigint;
  readonly target: bigint;
}

/** Memory that is being received. */
interface Pagemap {
  readonly name: string;
  readonly pagesName: string;
  readonly entries: Buffer[];
}

/**
 * CRIU's page server, the side that takes the pages of a dump: gives the images it would write, in the order they come and
 * each as soon as it does, so that they need not be in memory twice.
 * @param stream what the dump sends
 * @param answer sends bytes back
 * @throws PlumpError PLUMP_PROTOCOL when it breaks off, or is another version's
 */
export async function* pageImages(
  stream: AsyncIterable<Uint8Array>,
  answer: (bytes: Uint8Array) => void,
): AsyncGenerator<StreamedFile> {
  const reader = new ChunkReader(stream, () => damaged('it ends too early'));
  let current: Pagemap | undefined;
  for (let id = FIRST_PAGES; ; ) {
    const one = commandOf(await reader.exactly(COMMAND_BYTES));
    switch (one.command) {
      case PARENT:
        // An int: there is no dump before this one.
        answer(Buffer.alloc(4));
        break;
      case OPEN:
        if (current) yield pagemapFile(current);
        current = opened(one.target, id++);
        // The same as a byte.
        answer(Buffer.alloc(1));
        break;
      case ADD:
        if (current === undefined) throw damaged('pages of nothing');
        current.entries.push(entryOf(one));
        if ((one.flags & PRESENT) !== 0) yield pagesFile(current, one.pages * PAGE_BYTES, reader);
        break;
      case CLOSE:
      case FORCE_CLOSE:
        if (current) yield pagemapFile(current);
        answer(Buffer.alloc(4));
        return;
      default:
        throw damaged(`command ${one.command}`);
    }
  }
}

function commandOf(bytes: Buffer): Command {
  const first = bytes.readUInt32LE(0);
  return {
    command: first & COMMAND_MASK,
    flags: first >>> FLAG_BITS,
    pages: bytes.readUInt32LE(4),
    address: bytes.readBigUInt64LE(8),
    target: bytes.readBigUInt64LE(16),
  };
}

function opened(target: bigint, id: number): Pagemap {
  const kind = KINDS[Number(BigInt.asUintN(Number(KIND_BITS), target))];
  if (kind === undefined) throw damaged(`memory of kind ${target}`);
  const head = varintField(1, BigInt(id));
  return { name: `${kind}-${target >> KIND_BITS}.img`, pagesName: `pages-${id}.img`, entries: [head] };
}

/** pagemap_entry (images/pagemap.proto). */
function entryOf({ address, pages, flags }: Command): Buffer {
  return Buffer.concat([varintField(1, address), varintField(2, BigInt(pages)), varintField(4, BigInt(flags))]);
}

function pagemapFile({ name, entries }: Pagemap): StreamedFile {
  const image = imageOf(PAGEMAP_MAGIC, entries);
  return {
    name,
    size: image.length,
    async *content() {
      yield image;
    },
  };
}

function pagesFile({ pagesName: name }: Pagemap, size: number, reader: ChunkReader): StreamedFile {
  return {
    name,
    size,
    async *content() {
      for (let left = size; left > 0; ) {
        const chunk = await reader.atMost(left);
        left -= chunk.length;
        yield chunk;
      }
    },
  };
}

function damaged(why: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `CRIU's pages are not understood: ${why}`);
}
