import { leastMoves, type Measures } from './measures.ts';
import { isLively, type Scenario } from './scenario.ts';
import type { SimNetwork } from './sim-network.ts';

/** What came out of a simulation. Names of the first seven as `plumpos sim --json` prints them. */
export interface SimResult {
  /**
   * Seconds until every member was within one job of the ideal and stayed so; null: never. Where jobs come and go: the longest time
   * it was not so.
   */
  readonly convergence_s: number | null;
  readonly moves: number;
  /** Null where jobs come and go. */
  readonly min_moves: number | null;
  readonly max_hops: number;
  /** Mean over time of the most crowded member's load, in multiples of the ideal. */
  readonly imbalance: number;
  readonly messages: number;
  /** Mean over members and time, of what is sent, IPv6 and UDP headers included. */
  readonly bytes_per_s_per_node: number;
  /** The busiest member's, over any five seconds. */
  readonly worst_sent_per_s: number;
  readonly worst_received_per_s: number;
  /** Longest a member had nothing to do while another had two jobs per CPU. */
  readonly idle_s: number;
  readonly slowest_move_s: number;
  readonly most_moves_in_a_minute: number;
  readonly finished: number;
  readonly lost: number;
  /** Time a job took as a multiple of what it would take alone on a reference CPU; 0 when none ended. */
  readonly slowdown: number;
  readonly seconds: number;
}

/** Puts the figures together after `seconds` of simulated time. */
export function simResult(scenario: Scenario, measures: Measures, network: SimNetwork, seconds: number): SimResult {
  const members = scenario.members.reduce((sum, group) => sum + group.count, 0);
  return {
    convergence_s: rounded(isLively(scenario) ? measures.unbalancedS : (measures.balancedSinceS ?? null), 1),
    moves: measures.moves,
    min_moves: leastMoves(scenario) ?? null,
    max_hops: measures.maxHops,
    imbalance: rounded(measures.imbalance, 2),
    messages: network.messages,
    bytes_per_s_per_node: Math.round(network.bytes / seconds / members),
    worst_sent_per_s: Math.round(network.mostSent),
    worst_received_per_s: Math.round(network.mostReceived),
    idle_s: rounded(measures.idleS, 1),
    slowest_move_s: rounded(measures.slowestMoveS, 1),
    most_moves_in_a_minute: measures.mostInMinute,
    finished: measures.finished,
    lost: measures.lost,
    slowdown: rounded(measures.slowdown, 2),
    seconds: rounded(seconds, 1),
  };
}

function rounded<T extends number | null>(value: T, digits: number): T {
  return (value === null ? null : Math.round(value * 10 ** digits) / 10 ** digits) as T;
}
