import { seededRandom } from '#runtime/base/seeded-random.ts';
import { type JobPlan, type KindName, KINDS } from '../migrate/kinds.ts';

/** Jobs that start together, so long after those before them (s). */
export interface Arrival {
  readonly afterS: number;
  readonly jobs: readonly JobPlan[];
}

const AFTER_S = [3, 40] as const;
const AT_ONCE = [1, 4] as const;
/** Of ten jobs: those that compute. The others wait most of their time. */
const BUSY = 7;
const BUSY_TICKS = [100, 600] as const;
const OTHER_TICKS = [60, 240] as const;
const OTHERS = (Object.keys(KINDS) as KindName[]).filter((kind) => kind !== 'awk');

/** A mix that changes: the same for the same seed. */
export function* arrivals(seed: number): Generator<Arrival, never> {
  const random = seededRandom(seed);
  const between = ([least, most]: readonly [number, number]) => least + Math.floor(random() * (most - least + 1));
  const plan = (id: string): JobPlan => {
    const where = random() < 0.5 ? '--home' : '--best';
    if (random() * 10 < BUSY) return { id, kind: 'awk', where, ticks: between(BUSY_TICKS) };
    const kind = OTHERS[Math.floor(random() * OTHERS.length)] as KindName;
    return { id, kind, where, ticks: between(OTHER_TICKS) };
  };
  for (let nth = 0; ; ) {
    const afterS = between(AFTER_S);
    const jobs = Array.from({ length: between(AT_ONCE) }, () => plan(`b${++nth}`));
    yield { afterS, jobs };
  }
}
