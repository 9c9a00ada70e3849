import { type ErrorCode, messageOf, PlumpError } from './errors.ts';

/** What Linux refuses a user for a reason of the user's own: no defect of ours. */
const REFUSALS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EACCES: ['PLUMP_DENIED', 'run it as a user who may, or choose another folder'],
  EPERM: ['PLUMP_DENIED', 'run it as a user who may, or choose another folder'],
  EROFS: ['PLUMP_DENIED', 'choose another folder'],
  ENOENT: ['PLUMP_INPUT', 'it is missing, or a link to nothing; --debug shows who wanted it'],
  EISDIR: ['PLUMP_INPUT', 'a folder stands where a file is wanted'],
  EEXIST: ['PLUMP_INPUT', 'a file stands where a folder is wanted'],
  ENOTDIR: ['PLUMP_INPUT', 'a file stands where a folder is wanted'],
  ENOSPC: ['PLUMP_DISK', 'make room, and run the same command again'],
  EDQUOT: ['PLUMP_DISK', 'make room, and run the same command again'],
};

/** A system call's error that the user can do something about, as a PlumpError; anything else as it is. */
export function knownError(error: unknown): unknown {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  const refusal = REFUSALS[code];
  if (refusal === undefined || syscall === undefined || error instanceof PlumpError) return error;
  if (code === 'EEXIST' && syscall !== 'mkdir') return error;
  // Node.js says: `EACCES: permission denied, mkdir '/x'`.
  return new PlumpError(refusal[0], messageOf(error).replace(`${code}: `, ''), { hint: refusal[1], cause: error });
}
