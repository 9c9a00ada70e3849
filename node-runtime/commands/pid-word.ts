import { PlumpError } from '../base/errors.ts';

/** A pid a person typed. */
export function pidOf(word: string | undefined, verb: string): number {
  const pid = Number(word);
  if (word !== undefined && /^\d{1,7}$/.test(word) && pid >= 1) return pid;
  const what = word === undefined ? 'a PID is needed' : `'${word}' is no PID`;
  throw new PlumpError('PLUMP_USAGE', `plumpos ${verb}: ${what}`, { hint: "'plumpos ps' lists your jobs" });
}
