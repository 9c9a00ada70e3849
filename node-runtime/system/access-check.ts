import os from 'node:os';
import type { JobUser } from '../model/job-spec.ts';
import { runShim } from './shim.ts';

/** A file as CRIU would open it, or the link in /proc of one whose size is wanted. */
export interface WantedFile {
  readonly path: string;
  /** Of `r` and `w`; empty: only the way there. */
  readonly modes: string;
}

/** What became of the question. */
export interface FileAnswer {
  /** Name of the error (`EACCES`, `ENOENT` …); missing when it could be opened. */
  readonly error?: string;
  /** What it occupies, where its size was wanted. */
  readonly bytes?: number;
}

/** Whose rights count, and where. */
export interface AccessPlace {
  readonly user: JobUser;
  /** Of one of the job's tasks: `/proc/PID/root`. */
  readonly root: string;
  readonly shim?: string;
}

/** Asks for the size of a file instead; its path is one of this machine's. */
export const SIZE = 's';
/** A server that is silent for longer is no reason to stay. */
const CHECK_MS = 5000;

/**
 * Asks, as the job's user, which files she could open: it is the file server who answers, as it will at the restore.
 * In a process of its own, since that server may be silent.
 */
export async function askForFiles(
  { user, root, shim }: AccessPlace,
  files: readonly WantedFile[],
): Promise<readonly FileAnswer[]> {
  if (files.length === 0) return [];
  const { out } = await runShim({
    args: ['access'],
    records: [
      ['root', root],
      ['uid', String(user.uid)],
      ['gid', String(user.gid)],
      ...user.groups.map((group) => ['group', String(group)] as const),
      ...files.map(({ path, modes }) => ['arg', `${modes || '-'}:${path}`] as const),
    ],
    timeoutMs: CHECK_MS,
    ...(shim === undefined ? {} : { program: shim }),
  });
  const answers = new Map(out.split('\n').map(answerOf));
  return files.map((_, index) => answers.get(index) ?? {});
}

/** `NUMBER ERRNO` or `NUMBER size BYTES`. */
function answerOf(line: string): [number, FileAnswer] {
  const [, number, size, value] = /^(\d+) (size )?(\d+)$/.exec(line) ?? [];
  if (number === undefined) return [-1, {}];
  return [Number(number), size === undefined ? { error: errorName(Number(value)) } : { bytes: Number(value) }];
}

function errorName(errno: number): string {
  const found = Object.entries(os.constants.errno).find(([, number]) => number === errno);
  return found?.[0] ?? `error ${errno}`;
}
