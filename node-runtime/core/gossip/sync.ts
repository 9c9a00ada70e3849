import type { Digest } from '../../model/gossip-message.ts';
import { digestTellsMore } from './update.ts';

/** A run of digests in the order of ids: all that one member knows of those with `after` < id ≤ `upto`. */
export interface Range {
  readonly after: string;
  /** Empty: no bound. */
  readonly upto: string;
  readonly digests: readonly Digest[];
}

/** Cuts everything a member knows into ranges of at most `most` digests, without a gap between them. */
export function toRanges(digests: readonly Digest[], most: number): Range[] {
  const sorted = [...digests].sort((a, b) => (a.id < b.id ? -1 : 1));
  const ranges: Range[] = [];
  for (let start = 0; start === 0 || start < sorted.length; start += most) {
    const part = sorted.slice(start, start + most);
    const last = start + most >= sorted.length;
    ranges.push({
      after: sorted[start - 1]?.id ?? '',
      upto: last ? '' : (part.at(-1)?.id ?? ''),
      digests: part,
    });
  }
  return ranges;
}

/** What to answer to a range: ids the sender lacks or has older, and ids it knows better. */
export interface Difference {
  readonly tell: readonly string[];
  readonly ask: readonly string[];
}

/** Compares a range with what this member knows. */
export function compare(range: Range, mine: readonly Digest[]): Difference {
  const theirs = new Map(range.digests.map((digest) => [digest.id, digest]));
  const own = new Map(mine.map((digest) => [digest.id, digest]));
  const inside = (id: string) => id > range.after && (range.upto === '' || id <= range.upto);
  const tell = mine.filter((digest) => {
    if (!inside(digest.id)) return false;
    const known = theirs.get(digest.id);
    return known === undefined ? isPresent(digest) : digestTellsMore(digest, known);
  });
  const ask = range.digests.filter((digest) => {
    const known = own.get(digest.id);
    return known === undefined ? isPresent(digest) : digestTellsMore(digest, known);
  });
  return { tell: tell.map((digest) => digest.id), ask: ask.map((digest) => digest.id) };
}

/** The dead and departed are of interest only to those who knew them. */
function isPresent(digest: Digest): boolean {
  return digest.state === 'alive' || digest.state === 'suspect';
}
