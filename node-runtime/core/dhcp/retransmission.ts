/** Waits of one round in seconds. RFC 2131 §4.1 names 4, 8, 16 … 64 as an example for an Ethernet of 1997; PCs that boot together are served in less. */
const ROUND_SECONDS = [1, 2, 4, 8] as const;
const JITTER_SECONDS = 0.5;

/** Sends in a round: after the last one's wait the round is over. */
export const SENDS_IN_ROUND = ROUND_SECONDS.length;

/** Milliseconds to wait after send number `n` (from 0) of a round; `random` in [0, 1) spreads clients that started together. */
export function waitAfterSend(n: number, random: () => number): number {
  const seconds = ROUND_SECONDS[Math.min(n, SENDS_IN_ROUND - 1)] as number;
  return 1000 * (seconds + JITTER_SECONDS * (2 * random() - 1));
}

/** Milliseconds until the next round when a whole one brought no offer. */
export function waitBetweenRounds(random: () => number): number {
  return 1000 * (10 + 10 * random());
}

const SHORTEST_HALVING_MS = 60_000;

/**
 * Milliseconds until the next try while renewing or rebinding: half of what is left, at least a minute (RFC 2131 §4.4.5); of short
 * leases half of what is left down to a second. Undefined when nothing is left worth a try.
 */
export function waitWhileExtending(leftMs: number, leaseSeconds: number): number | undefined {
  const least = Math.max(1000, Math.min(SHORTEST_HALVING_MS, leaseSeconds * 50));
  return leftMs / 2 >= least ? leftMs / 2 : leftMs > least ? least : undefined;
}
