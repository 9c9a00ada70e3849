import { writeFileSync } from 'node:fs';
import { PlumpError } from '../../base/errors.ts';

/** Flags of an export, of include/uapi/linux/nfsd/export.h. */
const EXPORT = {
  readOnly: 0x1,
  insecurePort: 0x2,
  rootSquash: 0x4,
  allSquash: 0x8,
  noHide: 0x200,
  noSubtreeCheck: 0x400,
  fsid: 0x2000,
  v4root: 0x1_0000,
} as const;
const FOR_EVER = 2_147_483_647;
const NOBODY = 65_534;

/** One exported folder. */
export interface ExportedFolder {
  readonly path: string;
  /** 0 is the pseudo root. */
  readonly fsid: number;
  readonly uid: number;
  readonly gid: number;
  readonly readOnly: boolean;
  /**
   * A file handle is good only if the user may pass all folders above the file. Without it a forged handle reads others'
   * files (evidence f4 §2).
   */
  readonly subtreeCheck: boolean;
}

/** A line for a channel of the kernel's caches. */
export interface CacheLine {
  readonly cache: 'auth.unix.ip' | 'nfsd.export' | 'nfsd.fh';
  readonly line: string;
}

/** Name of a member among NFS' "domains". */
export function domainOf(address: string): string {
  return `m${address.replaceAll(':', '.')}`;
}

/** Which domain an address belongs to. */
export function addressLine(address: string): CacheLine {
  return { cache: 'auth.unix.ip', line: `nfsd ${address} ${FOR_EVER} ${domainOf(address)}` };
}

/** The root of NFS' own name space: only what is exported below it is seen. */
export function pseudoRootLines(address: string, path: string): CacheLine[] {
  const flags =
    EXPORT.readOnly | EXPORT.insecurePort | EXPORT.allSquash | EXPORT.noSubtreeCheck | EXPORT.fsid | EXPORT.v4root;
  return lines(address, path, 0, `${FOR_EVER} ${flags} ${NOBODY} ${NOBODY} 0`);
}

/** The folder may be used by the member, with the rights the listener's user namespace leaves. */
export function allowLines(address: string, folder: ExportedFolder): CacheLine[] {
  const flags =
    EXPORT.insecurePort |
    EXPORT.rootSquash |
    EXPORT.noHide |
    EXPORT.fsid |
    (folder.readOnly ? EXPORT.readOnly : 0) |
    (folder.subtreeCheck ? 0 : EXPORT.noSubtreeCheck);
  return lines(address, folder.path, folder.fsid, `${FOR_EVER} ${flags} ${folder.uid} ${folder.gid} ${folder.fsid}`);
}

/** The folder is no longer the member's: what it has open goes stale. */
export function refuseLines(address: string, folder: Pick<ExportedFolder, 'path' | 'fsid'>): CacheLine[] {
  const domain = domainOf(address);
  return [
    { cache: 'nfsd.export', line: `${domain} ${quote(folder.path)} ${FOR_EVER}` },
    { cache: 'nfsd.fh', line: `${domain} 1 ${fsidText(folder.fsid)} ${FOR_EVER}` },
  ];
}

/**
 * Writes entries, in order, into the caches of the calling thread's network namespace.
 * @throws PlumpError PLUMP_SYSTEM naming the entry that the kernel refuses.
 */
export function writeCaches(entries: readonly CacheLine[]): void {
  for (const { cache, line } of entries) {
    try {
      writeFileSync(`/proc/net/rpc/${cache}/channel`, `${line}\n`, 'latin1');
    } catch (cause) {
      throw new PlumpError('PLUMP_SYSTEM', `the NFS server refuses ${line} (${cache})`, { cause });
    }
  }
}

/** Forgets what was said of exports, to whomever, in the calling thread's network namespace: nothing of theirs is in use any more. */
export function forgetExports(): void {
  // Linux wants a time and takes the one that is.
  for (const cache of ['nfsd.fh', 'nfsd.export']) writeFileSync(`/proc/net/rpc/${cache}/flush`, '1\n');
}

function lines(address: string, path: string, fsid: number, terms: string): CacheLine[] {
  const domain = domainOf(address);
  return [
    { cache: 'nfsd.export', line: `${domain} ${quote(path)} ${terms}` },
    { cache: 'nfsd.fh', line: `${domain} 1 ${fsidText(fsid)} ${FOR_EVER} ${quote(path)}` },
  ];
}

/** The four bytes as the kernel compares them: least significant first. */
function fsidText(fsid: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(fsid);
  return String.raw`\x${bytes.toString('hex')}`;
}

/** A word of a line: blanks and backslashes as octal numbers. */
function quote(word: string): string {
  return word.replace(/[\\\s]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
