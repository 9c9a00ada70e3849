import { FIELD } from '../../model/load-message.ts';
import type { EntryTable } from './entry-table.ts';
import type { LoadView } from './load-view.ts';
import { capacity, type Strain } from './slowness.ts';

/** What a member reckons of the whole cluster. A hint: good to a few percent, and wrong where members lie. */
export interface ClusterEstimate {
  /** CPU wanted per reference CPU, over all members: 100 = one CPU-bound process each. */
  readonly mean: number;
  /** How many members are a job or more under the mean. */
  readonly under: number;
  /** Members that one of the sample stands for. */
  readonly scale: number;
  /** Work that is where the mean is exceeded by a job or more, above that mean. */
  readonly excess: number;
}

/**
 * Reckons the cluster from a sample: crowded members stand for themselves, the sample for all others. (Otherwise the one member
 * where everything was started would be counted as often as it is heard of, or not at all.)
 * @param members there are, this one included.
 */
export function estimateCluster(
  view: LoadView,
  own: Strain,
  members: number,
  now: number,
  mostAgeMs: number,
): ClusterEstimate {
  const all = sum(view, now, mostAgeMs);
  const rest = Math.max(0, members - 1 - all.crowded);
  const scale = all.seen === 0 ? 0 : rest / all.seen;
  // Members of whom nothing is known yet are taken for idle ones like this.
  const ownCapacity = capacity(own);
  const restCapacity = all.seen === 0 ? rest * ownCapacity : scale * all.capacity;
  const work = own.work + all.crowdedWork + scale * all.work;
  const mean = work / (ownCapacity + all.crowdedCapacity + restCapacity);
  return { mean, scale: Math.max(1, scale), ...countExtremes(view, now, mostAgeMs, mean, Math.max(1, scale)) };
}

interface Sum {
  work: number;
  capacity: number;
  seen: number;
  crowdedWork: number;
  crowdedCapacity: number;
  crowded: number;
}

function sum(view: LoadView, now: number, mostAgeMs: number): Sum {
  const all: Sum = { work: 0, capacity: 0, seen: 0, crowdedWork: 0, crowdedCapacity: 0, crowded: 0 };
  const { crowded, sample } = view;
  for (let slot = 0; slot < crowded.size; slot++) {
    if (crowded.memberAt(slot, now, mostAgeMs) === undefined) continue;
    all.crowded++;
    all.crowdedWork += crowded.get(slot, FIELD.work);
    all.crowdedCapacity += crowded.capacityAt(slot);
  }
  for (let slot = 0; slot < sample.size; slot++) {
    const member = sample.memberAt(slot, now, mostAgeMs);
    if (member === undefined || crowded.slotOf(member) >= 0) continue;
    all.seen++;
    all.work += sample.get(slot, FIELD.work);
    all.capacity += sample.capacityAt(slot);
  }
  return all;
}

function countExtremes(
  { sample, crowded }: LoadView,
  now: number,
  mostAgeMs: number,
  mean: number,
  scale: number,
): Pick<ClusterEstimate, 'under' | 'excess'> {
  let under = 0;
  let excess = 0;
  for (let slot = 0; slot < sample.size; slot++) {
    const member = sample.memberAt(slot, now, mostAgeMs);
    if (member === undefined || crowded.slotOf(member) >= 0) continue;
    const above = sample.get(slot, FIELD.work) - mean * sample.capacityAt(slot);
    if (above <= -100) under++;
    if (above >= 100) excess += above;
  }
  return { under: under * scale, excess: excess * scale + crowdedExcess(crowded, now, mostAgeMs, mean) };
}

function crowdedExcess(crowded: EntryTable, now: number, mostAgeMs: number, mean: number): number {
  let excess = 0;
  for (let slot = 0; slot < crowded.size; slot++) {
    if (crowded.memberAt(slot, now, mostAgeMs) === undefined) continue;
    const above = crowded.get(slot, FIELD.work) - mean * crowded.capacityAt(slot);
    if (above >= 100) excess += above;
  }
  return excess;
}
