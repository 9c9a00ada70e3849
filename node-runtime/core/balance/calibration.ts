import {
  type CoreRates,
  LEAST_SPEED,
  type LogicalCpu,
  type MeasuredSpeed,
  MOST_SPEED,
  type Rates,
} from '../../model/speed.ts';
import { STANDARD_SPEED } from '../../model/speed.ts';

/**
 * The reference CPU, {@link STANDARD_SPEED}: rounds per millisecond of the kernels of `native/calibrate`. It is one core of the server the
 * program was written on (docs/balance.md), and stays so: speeds of members with different versions are compared.
 */
export const REFERENCE: Rates = { integer: 223_000, float: 475_000 };

/** Cores that differ by less than this in their highest clock are taken for the same. */
const CLOCK_STEP = 1.1;
/** Kinds of cores measured: performance and efficiency cores, and then some. */
const MOST_KINDS = 4;

/** Hardware cores that are alike. */
export interface CoreKind {
  /** CPUs of the one that is measured. */
  readonly cpus: readonly number[];
  /** CPUs of all of them. */
  readonly count: number;
}

/** Which cores to measure: the last one of each kind, for the first serves the interrupts. The rarest of very many kinds are left out. */
export function kindsOfCores(cpus: readonly LogicalCpu[]): readonly CoreKind[] {
  const cores = Map.groupBy(cpus, ({ cpu, siblings }) => Math.min(cpu, ...siblings));
  const kinds = Map.groupBy(cores.values(), (core) => `${core.length} ${clockStep(core)}`);
  return [...kinds.values()]
    .map((alike) => ({
      cpus: (alike.at(-1) ?? []).map(({ cpu }) => cpu),
      count: alike.reduce((sum, core) => sum + core.length, 0),
    }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_KINDS);
}

/**
 * The speed of a machine from that of one core of each kind.
 * @param rates in the order of the kinds, above 0
 */
export function measuredSpeed(kinds: readonly CoreKind[], rates: readonly CoreRates[]): MeasuredSpeed {
  const mean = (of: (core: CoreRates) => number) => {
    const sum = kinds.reduce((all, { count }, i) => all + count * of(rates[i] as CoreRates), 0);
    return bounded(sum / kinds.reduce((all, { count }) => all + count, 0));
  };
  const busy = ({ alone, shared = alone }: CoreRates) => shared;
  return {
    speed: mean((core) => worth(busy(core))),
    integer: mean((core) => (STANDARD_SPEED * busy(core).integer) / REFERENCE.integer),
    float: mean((core) => (STANDARD_SPEED * busy(core).float) / REFERENCE.float),
    alone: mean(({ alone }) => worth(alone)),
  };
}

/** The geometric mean: twice as fast at one of the two counts as much as at the other, whichever the reference is. */
function worth({ integer, float }: Rates): number {
  return STANDARD_SPEED * Math.sqrt((integer / REFERENCE.integer) * (float / REFERENCE.float));
}

function bounded(speed: number): number {
  return Math.min(MOST_SPEED, Math.max(LEAST_SPEED, Math.round(speed)));
}

function clockStep(core: readonly LogicalCpu[]): number {
  const most = Math.max(...core.map(({ maxKHz }) => maxKHz));
  return most > 0 ? Math.round(Math.log(most) / Math.log(CLOCK_STEP)) : 0;
}
