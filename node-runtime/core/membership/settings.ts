/**
 * How membership behaves; times in milliseconds. Formulas from SWIM (Das, Gupta, Motivala 2002), Lifeguard (Dadgar,
 * Phillips, Currey 2017) and the defaults of HashiCorp's memberlist for LANs, changed where said.
 */
export interface Settings {
  /** One member is probed each period. The first detector of a crash probes it after e/(e−1) ≈ 1.6 periods on average. */
  readonly periodMs: number;
  /** How long a direct probe may take before others are asked to probe (memberlist: 500 ms). */
  readonly probeTimeoutMs: number;
  /** Members asked to probe in our place (SWIM's k). */
  readonly indirectProbes: number;
  /**
   * Shortest suspicion: mult · max(1, log10 n) periods. 5 instead of memberlist's 4: our members are busy on purpose,
   * and 1 to 3 s (probe) + 1 s (indirect) + 5 s is still inside the 6–10 s a pulled cord may take.
   */
  readonly suspicionMult: number;
  /** Longest suspicion in multiples of the shortest, while nobody else suspects it too (Lifeguard's β = 6; LAN: 4). */
  readonly suspicionMaxMult: number;
  /** Independent suspicions after which the shortest time holds (Lifeguard's K; memberlist: mult − 2). */
  readonly confirmations: number;
  /** Gossip beside the probes: every so often, to so many random members, while there is news. */
  readonly gossipMs: number;
  readonly gossipFanout: number;
  /** Times an update is passed on: mult · ⌈log10(n + 1)⌉ (memberlist: 4, which misses one of eight members at times). */
  readonly retransmitMult: number;
  /** Full comparison with a random member; stretched by ⌈log2 n − log2 32⌉ + 1 above 32 members (memberlist). */
  readonly syncMs: number;
  /** Dead members, and announced ones that never answered, are contacted so often: two halves of a cut network meet again. */
  readonly recontactMs: number;
  /** At most so many contacts of that kind a period. */
  readonly recontactsPerPeriod: number;
  /** Dead and left members stay listed so long. */
  readonly keepGoneMs: number;
  /** A timer later than this says that this member itself was asleep or starved. */
  readonly lateMs: number;
  /** Highest local health score; probes wait up to (score + 1) times longer (Lifeguard's S = 8). */
  readonly healthMax: number;
}

/** Settings of a LAN of PCs. */
export const LAN: Settings = {
  periodMs: 1000,
  probeTimeoutMs: 500,
  indirectProbes: 3,
  suspicionMult: 5,
  suspicionMaxMult: 4,
  confirmations: 2,
  gossipMs: 200,
  gossipFanout: 3,
  retransmitMult: 6,
  syncMs: 30_000,
  recontactMs: 5000,
  recontactsPerPeriod: 16,
  keepGoneMs: 3_600_000,
  lateMs: 250,
  healthMax: 8,
};
