import { idealSeconds, type Machine, type ProvePlan } from './plan.ts';
import type { PhaseRun } from './run-loops.ts';

/** What was measured. */
export interface Experiment {
  /** All loops at home. */
  readonly held: PhaseRun;
  /** Started at home, and left to the balancer. */
  readonly balanced: PhaseRun;
  /** Each on a member of its own CPU's. */
  readonly byHand: PhaseRun;
  /** So many for each CPU of the cluster, left to the balancer; missing where none were wanted. */
  readonly many: PhaseRun | undefined;
  /** What those could have taken at best (s). */
  readonly idealSeconds: number | undefined;
}

/** Never moved. */
const LOCKED = '--nomig';

/**
 * The experiment of the article of 2003, its ceiling, and the whole cluster.
 * @param run runs loops with these options of `plumpos run` to their end; `what` names them for a person
 */
export async function play(
  plan: ProvePlan,
  run: (what: string, starts: readonly (readonly string[])[]) => Promise<PhaseRun>,
): Promise<Experiment> {
  const { home, loops, byHand: places } = plan;
  const times = (count: number, options: readonly string[]) => Array.from({ length: count }, () => options);
  const held = await run(`${loops} loops, held here`, times(loops, ['--home', LOCKED]));
  const balanced = await run('the same, left to the balancer', times(loops, ['--home']));
  const on = (place: Machine) => (place === home ? ['--home', LOCKED] : ['--on', place.overlay, LOCKED]);
  const byHand = await run('the same, placed by hand', places.map(on));
  if (plan.many === 0) return { held, balanced, byHand, many: undefined, idealSeconds: undefined };
  const alone = (held.seconds * home.cpus) / loops;
  const many = await run(`${plan.many} for all CPUs together, left to the balancer`, times(plan.many, ['--best']));
  return { held, balanced, byHand, many, idealSeconds: idealSeconds(plan, plan.many, alone) };
}
