import { Balancer } from '../core/balance/balancer.ts';
import { BALANCE } from '../core/balance/settings.ts';
import { MosixAgent } from './mosix-agent.ts';
import type { Scenario } from './scenario.ts';
import type { SimResult } from './sim-result.ts';
import { Simulation } from './simulation.ts';

/** Plays a scenario with our balancer. The same seed gives the same result. */
export function playOurs(scenario: Scenario, seed: number): SimResult {
  return new Simulation(scenario, (deps) => new Balancer({ ...deps, settings: BALANCE }), seed).run();
}

/** Plays it with the rule of MOSIX. */
export function playMosix(scenario: Scenario, seed: number): SimResult {
  return new Simulation(scenario, (deps) => new MosixAgent(deps), seed).run();
}
