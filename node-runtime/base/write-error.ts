import { messageOf, PlumpError } from './errors.ts';

/**
 * Why something could not be written, as PLUMP_DISK where room is missing, else as PLUMP_SYSTEM. Node's own message does not name
 * the file when a write fails.
 */
export function writeError(what: string, folder: string, cause: unknown): PlumpError {
  if (['ENOSPC', 'EDQUOT'].includes((cause as NodeJS.ErrnoException).code ?? ''))
    return new PlumpError('PLUMP_DISK', `no room for ${what} in ${folder}`, { cause, hint: 'make room there' });
  return new PlumpError('PLUMP_SYSTEM', `${what} in ${folder}: ${messageOf(cause)}`, { cause });
}
