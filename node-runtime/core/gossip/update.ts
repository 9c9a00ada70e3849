import type { Digest, GossipState, Update } from '../../model/gossip-message.ts';
import type { MemberEntry } from '../../model/member.ts';

const RANK: Record<GossipState, number> = { alive: 0, suspect: 1, dead: 2, left: 3 };

/**
 * Does a state override another one about the same member? (SWIM 2002, §4.2: a higher incarnation wins; within one
 * incarnation suspicion beats alive, and death beats both. Only the member itself raises its incarnation.) `left` is
 * the member's own last word in an incarnation, so it beats the death others may have concluded.
 */
export function overrides(news: StateOf, known: StateOf): boolean {
  if (news.incarnation !== known.incarnation) return news.incarnation > known.incarnation;
  return RANK[news.state] > RANK[known.state];
}

type StateOf = Pick<Update, 'state' | 'incarnation'>;

/** Is an entry's content newer than the known one? */
export function newerEntry(news: EntryVersion, known: EntryVersion): boolean {
  return news.incarnation === known.incarnation ? news.version > known.version : news.incarnation > known.incarnation;
}

type EntryVersion = Pick<MemberEntry, 'incarnation' | 'version'>;

/** Would a member that knows `known` learn anything from `news`? */
export function digestTellsMore(news: Digest, known: Digest): boolean {
  const entry = (digest: Digest) => ({ incarnation: digest.entryIncarnation, version: digest.version });
  return overrides(news, known) || newerEntry(entry(news), entry(known));
}
