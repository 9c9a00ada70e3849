import { PlumpError } from '#runtime/base/errors.ts';

/** One entry of an archive; paths without leading slash. Owner is root, the time is the archive's. */
export type CpioEntry =
  | { readonly path: string; readonly kind: 'folder'; readonly mode?: number }
  | { readonly path: string; readonly kind: 'file'; readonly mode?: number; readonly data: Uint8Array }
  | { readonly path: string; readonly kind: 'link'; readonly target: string }
  | {
      readonly path: string;
      readonly kind: 'device';
      readonly mode?: number;
      readonly major: number;
      readonly minor: number;
    };

const TYPE = { folder: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 } as const;
const MODE = { folder: 0o755, file: 0o644, link: 0o777, device: 0o600 } as const;

/**
 * Writes a newc archive as the kernel unpacks it: sorted by path, parents first (Linux silently drops a file whose folder
 * has no record), so that the same entries always give the same bytes. `time` in seconds since 1970.
 */
export function writeCpio(entries: readonly CpioEntry[], time: number): Buffer {
  const parts: Uint8Array[] = [];
  withParents(entries).forEach((entry, i) => parts.push(...record(entry, i + 1, time)));
  parts.push(...header({ ino: 0, mode: 0, links: 1, time: 0, size: 0, major: 0, minor: 0, path: 'TRAILER!!!' }));
  return Buffer.concat(parts);
}

function withParents(entries: readonly CpioEntry[]): CpioEntry[] {
  const byPath = new Map<string, CpioEntry>();
  for (const entry of entries) {
    if (byPath.has(entry.path) && entry.kind !== 'folder')
      throw new PlumpError('PLUMP_INPUT', `two entries of one archive are called ${entry.path}`);
    byPath.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      const parent = path.slice(0, cut);
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, kind: 'folder' });
    }
  }
  // By code unit, not by locale: a folder's name is a prefix of what is in it, and so always precedes it.
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function record(entry: CpioEntry, ino: number, time: number): Uint8Array[] {
  const data =
    entry.kind === 'file' ? entry.data : entry.kind === 'link' ? Buffer.from(entry.target) : new Uint8Array(0);
  const mode = TYPE[entry.kind] | ('mode' in entry && entry.mode !== undefined ? entry.mode : MODE[entry.kind]);
  const [major, minor] = entry.kind === 'device' ? [entry.major, entry.minor] : [0, 0];
  const links = entry.kind === 'folder' ? 2 : 1;
  const head = header({ ino, mode, links, time, size: data.length, major, minor, path: entry.path });
  return [...head, data, padding(data.length)];
}

interface Header {
  readonly ino: number;
  readonly mode: number;
  readonly links: number;
  readonly time: number;
  readonly size: number;
  readonly major: number;
  readonly minor: number;
  readonly path: string;
}

/** Thirteen numbers of eight hex digits after the magic. Source: Documentation/driver-api/early-userspace/buffer-format.rst */
function header(h: Header): Uint8Array[] {
  const name = Buffer.from(`${h.path}\0`);
  const numbers = [h.ino, h.mode, 0, 0, h.links, h.time, h.size, 0, 0, h.major, h.minor, name.length, 0];
  const head = Buffer.from(`070701${numbers.map((n) => n.toString(16).padStart(8, '0')).join('')}`, 'latin1');
  return [head, name, padding(head.length + name.length)];
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}
