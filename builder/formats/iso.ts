/** Reads `length` bytes at `offset`; fewer at the end of the file. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** What of an ISO 9660 image we look at. */
export interface IsoImage {
  /** Volume id, without the spaces that fill it up. */
  readonly volume: string;
  /** Bytes the whole image has. */
  readonly size: number;
  /** Reads a file by its path (`plumpos/id`), at most 64 KiB of it; undefined where there is none. */
  file(path: string): Promise<Buffer | undefined>;
}

const SECTOR = 2048;
const PRIMARY_AT = 16 * SECTOR;
/** A folder bigger than this is none of ours. */
const LARGEST_FOLDER = 1024 * 1024;
const LARGEST_FILE = 64 * 1024;

interface Extent {
  readonly start: number;
  readonly length: number;
  readonly folder: boolean;
}

/** Opens an ISO 9660 image by its primary volume descriptor; undefined when it is none. Source: ECMA-119. */
export async function openIso(read: ReadAt): Promise<IsoImage | undefined> {
  const head = Buffer.from(await read(PRIMARY_AT, SECTOR));
  if (head.length < SECTOR || head[0] !== 1 || head.toString('latin1', 1, 6) !== 'CD001') return undefined;
  const root = extent(head, 156);
  return {
    volume: head.toString('latin1', 40, 72).trimEnd(),
    size: head.readUInt32LE(80) * SECTOR,
    file: (path) => readFileAt(read, root, path.split('/')),
  };
}

async function readFileAt(read: ReadAt, root: Extent, names: readonly string[]): Promise<Buffer | undefined> {
  let at: Extent | undefined = root;
  for (const name of names) {
    if (!at?.folder || at.length > LARGEST_FOLDER) return undefined;
    at = findEntry(Buffer.from(await read(at.start, at.length)), name);
  }
  if (at === undefined || at.folder) return undefined;
  return Buffer.from(await read(at.start, Math.min(at.length, LARGEST_FILE)));
}

/** Records do not cross a sector's end: a zero length says "go on at the next sector". */
function findEntry(folder: Buffer, name: string): Extent | undefined {
  for (let at = 0; at + 34 <= folder.length; ) {
    const length = folder[at] ?? 0;
    if (length === 0) {
      at = (Math.floor(at / SECTOR) + 1) * SECTOR;
      continue;
    }
    if (length < 34 || at + length > folder.length) return undefined;
    const record = folder.subarray(at, at + length);
    if (33 + (record[32] ?? 0) > length) return undefined;
    if (rockRidgeName(record) === name || isoName(record) === name.toUpperCase()) return extent(folder, at);
    at += length;
  }
  return undefined;
}

function isoName(record: Buffer): string {
  return record.toString('latin1', 33, 33 + (record[32] ?? 0)).replace(/\.?;\d+$/, '');
}

/** The name as it was given, where ISO 9660 alone has no more than 8 and 3 letters of it. Source: IEEE P1282, 4.1.4 (NM). */
function rockRidgeName(record: Buffer): string | undefined {
  const nameLength = record[32] ?? 0;
  for (let at = 33 + nameLength + ((nameLength + 1) % 2); at + 5 <= record.length; ) {
    const length = record[at + 2] ?? 0;
    if (length < 4 || at + length > record.length) return undefined;
    if (record.toString('latin1', at, at + 2) === 'NM') return record.toString('utf8', at + 5, at + length);
    at += length;
  }
  return undefined;
}

function extent(bytes: Buffer, at: number): Extent {
  return {
    start: bytes.readUInt32LE(at + 2) * SECTOR,
    length: bytes.readUInt32LE(at + 10),
    folder: ((bytes[at + 25] ?? 0) & 2) !== 0,
  };
}
