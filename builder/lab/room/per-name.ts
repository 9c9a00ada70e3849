import { PlumpError } from '#runtime/base/errors.ts';

/** A setting that may differ from machine to machine. */
export type PerName<T> = (name: string) => T | undefined;

/**
 * Reads the values of an option that takes `VALUE` (for all) or `NAME=VALUE` (for one machine), repeated at will; the last
 * one that fits counts, one with a name before one without.
 * @throws PlumpError PLUMP_USAGE for a value `read` refuses.
 */
export function perName<T>(
  option: string,
  words: readonly string[],
  read: (text: string) => T | undefined,
): PerName<T> {
  const values = new Map<string, T>();
  for (const word of words) {
    const [, name = '', text = ''] = /^(?:([a-z][a-z0-9]*)=)?(.*)$/s.exec(word) ?? [];
    const value = read(text);
    if (value === undefined)
      throw new PlumpError('PLUMP_USAGE', `--${option} ${word}: '${text}' is no value for it`, {
        hint: 'plumpos lab up --help',
      });
    values.set(name, value);
  }
  return (name) => values.get(name) ?? values.get('');
}

/** The machines for which `words` have values of their own. */
export function namesIn(words: readonly string[]): string[] {
  return words.flatMap((word) => /^([a-z][a-z0-9]*)=/.exec(word)?.[1] ?? []);
}

/** A whole number within these bounds. */
export function wholeNumber(least: number, most = Infinity): (text: string) => number | undefined {
  const fits = (value: number) => value >= least && value <= most;
  return (text) => (/^\d+$/.test(text) && fits(Number(text)) ? Number(text) : undefined);
}

/** A share above 0, up to 1. */
export function share(text: string): number | undefined {
  const value = Number(text);
  return text !== '' && value > 0 && value <= 1 ? value : undefined;
}
