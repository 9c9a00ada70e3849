import { FIELD } from '../../model/load-message.ts';
import type { LoadView } from './load-view.ts';
import { capacity, type Strain } from './slowness.ts';

/** What a member reckons of the whole cluster. A hint: good to a few percent, and wrong where members lie. */
export interface ClusterEstimate {
  /** CPU wanted per reference CPU, over all members: 100 = one CPU-bound process each. */
  readonly mean: number;
  /** How many members are a job or more under the mean. */
  readonly under: number;
  /** How many are so crowded that a member under the mean should take from them. */
  readonly over: number;
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
  const rest = Math.max(0, members - 1 - all.crowded.length);
  const scale = all.seen === 0 ? 0 : rest / all.seen;
  // Members of whom nothing is known yet are taken for idle ones like this.
  const ownCapacity = capacity(own);
  const restCapacity = all.seen === 0 ? rest * ownCapacity : scale * all.capacity;
  const work = own.work + all.crowdedWork + scale * all.work;
  const mean = work / (ownCapacity + all.crowdedCapacity + restCapacity);
  return { mean, ...countExtremes(view, now, mostAgeMs, mean, scale) };
}

interface Sum {
  work: number;
  capacity: number;
  seen: number;
  crowdedWork: number;
  crowdedCapacity: number;
  readonly crowded: number[];
}

function sum(view: LoadView, now: number, mostAgeMs: number): Sum {
  const all: Sum = { work: 0, capacity: 0, seen: 0, crowdedWork: 0, crowdedCapacity: 0, crowded: [] };
  const { crowded, sample } = view;
  for (let slot = 0; slot < crowded.size; slot++) {
    const member = crowded.memberAt(slot, now, mostAgeMs);
    if (member === undefined) continue;
    all.crowded.push(member);
    all.crowdedWork += crowded.get(slot, FIELD.work);
    all.crowdedCapacity += crowded.capacityAt(slot);
  }
  for (let slot = 0; slot < sample.size; slot++) {
    const member = sample.memberAt(slot, now, mostAgeMs);
    if (member === undefined || all.crowded.includes(member)) continue;
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
): Pick<ClusterEstimate, 'under' | 'over'> {
  let under = 0;
  let over = 0;
  for (let slot = 0; slot < sample.size; slot++) {
    if (sample.memberAt(slot, now, mostAgeMs) === undefined) continue;
    const work = sample.get(slot, FIELD.work);
    const share = mean * sample.capacityAt(slot);
    if (work <= share - 100) under++;
    if (work > share + 100) over++;
  }
  let surely = 0;
  for (let slot = 0; slot < crowded.size; slot++)
    if (crowded.memberAt(slot, now, mostAgeMs) !== undefined)
      if (crowded.get(slot, FIELD.work) > mean * crowded.capacityAt(slot) + 100) surely++;
  return { under: under * Math.max(1, scale), over: Math.max(surely, over * scale) };
}
