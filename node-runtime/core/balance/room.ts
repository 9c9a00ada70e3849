import type { AskReason } from '../../model/load-message.ts';
import type { ClusterEstimate } from './cluster-estimate.ts';
import type { BalanceSettings } from './settings.ts';
import { betterOff, capacity, type Strain } from './slowness.ts';

/** What another member wants room for. */
export interface RoomWanted {
  readonly reason: AskReason;
  readonly jobs: number;
  /** Of the heaviest, 100 = one CPU. */
  readonly weight: number;
  readonly memoryMB: number;
  /** The cluster's mean as the sender reckons it: it knows best what has left it already. */
  readonly mean: number;
  /** Nobody asked: it is this member that looks for work. */
  readonly offered: boolean;
  /** How strained the sender is, all of these jobs included. */
  readonly from: Strain;
}

/** A member as a target. */
export interface RoomThere {
  /** What is reserved and on its way included. */
  readonly own: Strain;
  readonly freeMB: number;
  /** Jobs reserved or on their way. */
  readonly incoming: number;
  /** `block`, memory pressure. */
  readonly closed: boolean;
  readonly estimate: ClusterEstimate;
  /** Does it know a member that is clearly less crowded than itself? */
  readonly betterKnown: boolean;
}

/** Part of a job by which a share may be short of a whole one and still counts as one: an estimate is no better. */
const ROUNDING = 0.25;

/** How many of those jobs a member takes; it reserves as much. */
export function roomFor(wanted: RoomWanted, there: RoomThere, settings: BalanceSettings): number {
  if (there.closed || !(wanted.weight > 0)) return 0;
  const memory = Math.floor((there.freeMB - settings.spareMB) / Math.max(1, wanted.memoryMB));
  const most = Math.min(wanted.jobs, memory, settings.mostIncoming - there.incoming);
  if (most <= 0) return 0;
  const share = shareOf(wanted, there, settings);
  // Who starts a job compares all answers; who must get rid of one cannot be choosy.
  if (wanted.reason === 'start') return 1;
  if (wanted.reason === 'leave' || wanted.reason === 'memory') return Math.min(most, Math.max(1, share));
  const fair = fairToBoth(wanted, there.own, most, settings);
  if (share >= 1) return Math.min(fair, share);
  // Whatever is believed of the mean and of others (some may lie), it is better for both.
  if (wanted.reason === 'stuck') return Math.ceil(fair / 2);
  return there.betterKnown || wanted.offered ? 0 : Math.min(fair, 1);
}

/** Jobs up to which this member is no more loaded than the mean of all; an idle CPU takes one in any case. */
function shareOf(wanted: RoomWanted, { own, estimate }: RoomThere, settings: BalanceSettings): number {
  const { weight } = wanted;
  const mean = Math.min(wanted.mean, estimate.mean);
  const share = delegation(wanted.from, own, mean, settings) * mean * capacity(own);
  const room = Math.floor(Math.ceil(share / weight - ROUNDING) - own.work / weight);
  const idle = Math.floor((100 * own.cpus - own.work) / weight);
  return Math.max(room, idle);
}

/**
 * A member that has so much to give away that questions and offers would take it minutes gives each taker more than its share; the
 * takers spread that further. It is what lets ten thousand members share out in a minute what was started on one of them, at the
 * price of a second move for some jobs. 1 in every room of some hundred PCs.
 */
export function delegation(from: Strain, to: Strain, mean: number, settings: BalanceSettings): number {
  const { askBytes, bytesPerSecond, gossipReserve, offersPerSecond, drainS, mostDelegation } = settings;
  const takersPerSecond = (bytesPerSecond - gossipReserve) / askBytes + offersPerSecond;
  const excess = from.work - mean * capacity(from);
  const drained = takersPerSecond * drainS * Math.max(100, mean * capacity(to));
  return Math.min(mostDelegation, Math.max(1, excess / drained));
}

/** So many that the last of them still is better off here. */
function fairToBoth(wanted: RoomWanted, own: Strain, most: number, settings: BalanceSettings): number {
  let count = 0;
  const { from, weight } = wanted;
  while (count < most) {
    const left = { ...from, work: from.work - count * weight };
    if (!betterOff(left, { ...own, work: own.work + count * weight }, weight, settings)) break;
    count++;
  }
  return count;
}
