import type { Header } from 'tar-stream';
import { PlumpError } from '#runtime/base/errors.ts';
import { printable } from './printable.ts';

/** One entry of a tarball that may be laid into a root file system. */
export interface TarEntry {
  /** Relative to `/`, without `.` and `..`. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'hardlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly size: number;
  /** What a link points to (as it is), or the path a hard link shares. */
  readonly target?: string;
}

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'hardlink',
};

/**
 * Decodes one header; undefined for the archive's root folder itself, whose owner and mode are not an add-on's to set.
 * @throws PlumpError PLUMP_PACKAGE, naming `where` and the path, for a path that leaves the root and for device nodes.
 */
export function decodeTarEntry(header: Header, where: string): TarEntry | undefined {
  // tar-stream hands on a size it could not read as null, and then waits for its content for ever.
  if (!Number.isSafeInteger(header.size)) throw refuse(where, `${printable(header.name)} has no readable size`);
  const path = insidePath(header.name, where);
  const kind = KINDS[header.type ?? 'file'];
  if (kind === undefined)
    throw refuse(where, `${printable(header.name)} is a ${header.type ?? 'thing of unknown kind'}`, DEVICE_HINT);
  if (path === '') {
    if (kind === 'folder') return undefined;
    throw refuse(where, `${printable(header.name)} has no name`);
  }
  const target = kind === 'hardlink' ? insidePath(header.linkname ?? '', where) : header.linkname;
  if ((kind === 'link' || kind === 'hardlink') && !target)
    throw refuse(where, `the link ${printable(path)} points nowhere`);
  return {
    path,
    kind,
    mode: (header.mode ?? 0o644) & 0o7777,
    uid: id(header.uid),
    gid: id(header.gid),
    mtime: seconds(header.mtime),
    size: kind === 'file' ? header.size : 0,
    ...(target && kind !== 'file' && kind !== 'folder' ? { target } : {}),
  };
}

const DEVICE_HINT = 'an add-on holds files, folders and links; devices are made by the kernel on the node';

function insidePath(name: string, where: string): string {
  if (name.startsWith('/'))
    throw refuse(
      where,
      `${printable(name)} is an absolute path`,
      'pack it relative to /: tar -C FOLDER -czf NAME.tar.gz .',
    );
  if (name.includes('\0')) throw refuse(where, `${printable(name)} holds a zero byte`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse(where, `${printable(name)} climbs out of the root with ..`);
  return parts.join('/');
}

function id(value: number | undefined): number {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value < 2 ** 32 - 1 ? value : 0;
}

function seconds(time: Date | undefined): number {
  const value = Math.floor((time?.getTime() ?? 0) / 1000);
  return Number.isFinite(value) && value >= 0 && value < 2 ** 32 ? value : 0;
}

function refuse(where: string, message: string, hint?: string): PlumpError {
  return new PlumpError('PLUMP_PACKAGE', `${where}: ${message}`, hint === undefined ? {} : { hint });
}
