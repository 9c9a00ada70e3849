/** When the first announcements of a NIC go out: single packets get lost while switches and neighbours still start. */
export const FIRST_ANNOUNCEMENTS_MS: readonly number[] = [0, 300, 1000, 3000];

const SHORTEST_INTERVAL_MS = 10_000;
const LONGEST_INTERVAL_MS = 600_000;
/** All members together announce so often a second on a segment, however many they are. */
const ALL_PER_SECOND = 20;
/** Up to so many members each one answers a search; of more, about so many do. Gossip tells the rest. */
const ANSWERS = 16;
/** Answers to one search are spread over this; short, so that a second member is found at once. */
const ANSWER_SPREAD_MS = 20;
/** A segment is given this long after a NIC's start before it is taken for one without multicast. */
const PATIENCE_MS = 2500;

/** Milliseconds till the next announcement, ± 10 % so that members do not fall into step. `random` is in [0, 1). */
export function announceIntervalMs(members: number, random: number): number {
  const even = Math.min(Math.max(SHORTEST_INTERVAL_MS, (members / ALL_PER_SECOND) * 1000), LONGEST_INTERVAL_MS);
  return even * (0.9 + 0.2 * random);
}

/** How long to wait before answering a search, or undefined: others answer. Two independent numbers in [0, 1). */
export function answerDelayMs(members: number, random: readonly [number, number]): number | undefined {
  if (random[0] >= ANSWERS / Math.max(members, 1)) return undefined;
  return random[1] * ANSWER_SPREAD_MS * Math.min(Math.max(members, 1), ANSWERS);
}

/** Nobody heard for so many milliseconds: three announcements in a row did not come. */
export function silenceMs(members: number): number {
  return 3.5 * announceIntervalMs(members, 1);
}

/** What a NIC has heard so far; times in milliseconds on the same clock. */
export interface Hearing {
  readonly started: number;
  readonly multicast: number | undefined;
  readonly broadcast: number | undefined;
}

/**
 * Whether announcements of this NIC go out as limited broadcasts too: while nobody is heard by multicast, and while
 * somebody else broadcasts, who then may not hear our multicasts either (filters are not always symmetric).
 */
export function needsBroadcast(heard: Hearing, members: number, now: number): boolean {
  const long = silenceMs(members);
  const deaf = heard.multicast === undefined ? now - heard.started >= PATIENCE_MS : now - heard.multicast > long;
  return deaf || (heard.broadcast !== undefined && now - heard.broadcast <= long);
}
