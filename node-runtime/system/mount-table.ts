import { readFileSync } from 'node:fs';

/** A mount as /proc/PID/mountinfo shows it. Paths are bytes (latin1). */
export interface MountEntry {
  readonly path: string;
  /** What of the file system is mounted: `/` or a folder of it. */
  readonly root: string;
  readonly type: string;
  readonly source: string;
  /** Flags of this mount. */
  readonly options: readonly string[];
  /** Options of the file system. */
  readonly superOptions: readonly string[];
}

/** All mounts of a process, in the order they were made. */
export function readMounts(pid: number | 'self' = 'self'): MountEntry[] {
  return parseMounts(readFileSync(`/proc/${pid}/mountinfo`, 'latin1'));
}

/** The text of mountinfo; lines that are none are left out. */
export function parseMounts(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ', 2);
    const [, , , root, at, options] = left?.split(' ') ?? [];
    const [type, source, superOptions] = right?.split(' ') ?? [];
    if (root === undefined || at === undefined || options === undefined || type === undefined) return [];
    return [
      {
        path: unescape(at),
        root: unescape(root),
        type,
        source: unescape(source ?? ''),
        options: options.split(','),
        superOptions: (superOptions ?? '').split(','),
      },
    ];
  });
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
