import { PlumpError } from '../../base/errors.ts';

/** A file below /run/hpc as it should be. */
export interface HpcFile {
  /** Below that folder. */
  readonly path: string;
  readonly text: string;
  /** Who may write it; missing: nobody. */
  readonly owner?: number;
}

/** Files of one folder: a line for each value. */
export function filesIn(folder: string, values: Readonly<Record<string, string | number>>, owner?: number): HpcFile[] {
  const written = owner === undefined ? {} : { owner };
  return Object.entries(values).map(([name, value]) => {
    return { path: `${folder}/${name}`, text: value === '' ? '' : `${value}\n`, ...written };
  });
}

/** What openMosix' files take. @throws PlumpError PLUMP_USAGE */
export function switchOf(word: string): boolean {
  if (word === '0' || word === '1') return word === '1';
  throw new PlumpError('PLUMP_USAGE', `'${word.slice(0, 40)}' is neither 0 nor 1`);
}

/** A whole number. @throws PlumpError PLUMP_USAGE */
export function wholeOf(word: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  throw new PlumpError('PLUMP_USAGE', `'${word.slice(0, 40)}' is no whole number`);
}
