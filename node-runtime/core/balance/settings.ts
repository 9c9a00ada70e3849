/**
 * How the balancer behaves. Sources: MOSIX as read in Kerrighed's `mosix_probe.c` and gossimon, and models of our own
 * (docs/balance.md says which constant comes from where).
 */
export interface BalanceSettings {
  /** A push of load entries to one random member, and a look at one's own load, each so often (ms). */
  readonly periodMs: number;
  /** A sender that has jobs to give away looks again so soon (ms). */
  readonly senderMs: number;
  /** Entries in one push or pull: they fit one datagram. */
  readonly entriesPerMessage: number;
  /** Older entries are not believed and not passed on (ms). */
  readonly mostAgeMs: number;
  /** Everything a member sends about load, headers included: bytes a second, and at once. */
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
  /** Bytes that questions leave for gossip. */
  readonly gossipReserve: number;
  /** Bytes of a question, headers included. */
  readonly askBytes: number;
  /** A moved job counts so much at its target when a move is judged (MOSIX: 130 %): the margin against hopping. */
  readonly margin: number;
  /** What a job feels must fall by this factor at least: a gain of a few percent is noise. */
  readonly leastGain: number;
  /** A job may move so long after its start, and again so long after each move (ms). */
  readonly residencyStartMs: number;
  readonly residencyMoveMs: number;
  /** Expected rest of a job's life is its age (Harchol-Balter and Downey 1996), this at least (s). */
  readonly leastHorizonS: number;
  /** Moves in flight from one member: this many, or a share of its jobs where that is more, never more than `mostOutgoing`. */
  readonly outgoing: number;
  readonly outgoingShare: number;
  readonly mostOutgoing: number;
  /** All images in flight from one member together take its link no longer than this (s). */
  readonly mostTransferS: number;
  /** Jobs on their way to one member, reserved ones included. */
  readonly mostIncoming: number;
  /** Members asked in one round: so many of the best known, so many random ones. */
  readonly askBest: number;
  readonly askRandom: number;
  /** Answers are waited for so long (ms). */
  readonly roundMs: number;
  /** A reservation not used by then is void (ms). */
  readonly reserveMs: number;
  /** Most memory of a job that may come by an offer, MB: larger ones are asked for. */
  readonly offeredMB: number;
  /** Offers a crowded member should get each second from all others together. */
  readonly offersPerSecond: number;
  /** Seconds in which a member should have given away what it has too much of; takers help by more than their share. */
  readonly drainS: number;
  /** Most of that help: multiples of a taker's share. */
  readonly mostDelegation: number;
  /** Who refuses or breaks its word is left alone so long, doubling each time up to `mostDistrustMs`. */
  readonly distrustMs: number;
  readonly mostDistrustMs: number;
  /** A job moves at most twice in this time (ms): a third move would be hopping. */
  readonly hopWindowMs: number;
  /** A moved job that got less than this share of what was promised in `judgeMs` was starved. */
  readonly leastWork: number;
  readonly judgeMs: number;
  /** A job whose terminal was used so recently is interactive and stays (ms). */
  readonly interactiveMs: number;
  /** Memory pressure (PSI `some` avg10, percent) from which a guest is sent away, and MB that must stay free at a target. */
  readonly pressedPercent: number;
  readonly spareMB: number;
}

/** The balancer of a LAN of PCs. */
export const BALANCE: BalanceSettings = {
  periodMs: 1000,
  senderMs: 250,
  entriesPerMessage: 32,
  mostAgeMs: 10_000,
  bytesPerSecond: 4400,
  burstBytes: 4400,
  gossipReserve: 1900,
  askBytes: 96,
  margin: 1.3,
  leastGain: 1.1,
  residencyStartMs: 1000,
  residencyMoveMs: 10_000,
  leastHorizonS: 10,
  outgoing: 8,
  outgoingShare: 1 / 4,
  mostOutgoing: 2048,
  mostTransferS: 2,
  mostIncoming: 32,
  askBest: 2,
  askRandom: 2,
  roundMs: 25,
  reserveMs: 5000,
  offeredMB: 64,
  offersPerSecond: 28,
  drainS: 8,
  mostDelegation: 8,
  distrustMs: 5000,
  mostDistrustMs: 300_000,
  hopWindowMs: 60_000,
  leastWork: 0.25,
  judgeMs: 10_000,
  interactiveMs: 60_000,
  pressedPercent: 10,
  spareMB: 32,
};
