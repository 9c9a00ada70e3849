import { PlumpError } from '#runtime/base/errors.ts';

/** A word that is a number of things. @throws PlumpError PLUMP_USAGE */
export function count(word: string, what: string): number {
  if (/^\d{1,4}$/.test(word)) return Number(word);
  throw new PlumpError('PLUMP_USAGE', `${what} takes a whole number, not '${word}'`);
}

/** The machines a verb is about. @throws PlumpError PLUMP_USAGE when none is named. */
export function needNames(names: readonly string[], verb: string): readonly string[] {
  if (names.length > 0) return names;
  throw new PlumpError('PLUMP_USAGE', `lab ${verb}: which machine?`, { hint: 'plumpos lab list shows them' });
}
