/** What a shell can offer for a placeholder of the tables: names of members, and programs. */
const OFFERED: Readonly<Record<string, string>> = {
  NODE: '@node',
  LIST: '@node',
  PROGRAM: '@command',
  COMMAND: '@command',
};

/** What can stand at each place of a verb's words, as the shell offers it: words as they are typed, `@node`, `@command`. */
export interface WordPlaces {
  /** By place, counted from 1. */
  readonly at: ReadonlyMap<number, readonly string[]>;
  /** At every other place. */
  readonly rest: readonly string[];
}

/**
 * Reads the words of an option table, e.g. `PID NODE|home|best`, `address NIC | join CODE`, `[NODE…]`.
 * @param repeats does `…` mean more of the same? Not where it stands for another program's words.
 */
export function wordPlaces(words: string, repeats: boolean): WordPlaces {
  const at = new Map<number, readonly string[]>();
  let rest: readonly string[] = [];
  for (const form of words
    .replaceAll(/[[\]]/g, '')
    .replaceAll(/(?<!\S)--(?!\S)/g, '')
    .split(' | ')) {
    for (const [i, place] of form.trim().split(/\s+/).entries()) {
      const offers = offersFor(place.replace('…', ''));
      if (repeats && place.endsWith('…')) rest = offers;
      else if (offers.length > 0) at.set(i + 1, [...(at.get(i + 1) ?? []), ...offers]);
    }
  }
  return { at, rest };
}

/** What can be offered for one place or one option's value: `show|new`, `NODE|home|best`, `NODE,…`. */
export function offersFor(place: string): string[] {
  const offers = place
    .replace(',…', '')
    .split('|')
    .flatMap((one) => (/^[a-z][a-z-]*$/.test(one) ? one : (OFFERED[one] ?? [])));
  return [...new Set(offers)];
}
