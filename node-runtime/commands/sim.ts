import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, messageOf, PlumpError } from '../base/errors.ts';
import { defineVerb, type Io } from '../base/verb.ts';
import type { Scenario } from '../simulator/scenario.ts';
import type { SimResult } from '../simulator/sim-result.ts';
import { tableText } from '../terminal/table.ts';

const OPTIONS = {
  nodes: { type: 'integer', min: 1, default: 14, help: 'members, all equal' },
  jobs: { type: 'integer', min: 0, default: 56, help: 'jobs that never end, all started on member 1' },
  scenario: { type: 'string', value: 'FILE', help: 'play this file instead, or a scenario that ships, by its name' },
  seed: { type: 'integer', min: 0, default: 1, help: 'the same seed gives the same run' },
  alone: { type: 'flag', help: 'without the rule of MOSIX beside it' },
  json: { type: 'flag', help: 'one JSON object a line for each rule, ours last' },
} as const;

/** `plumpos sim`: the balancer and its gossip on a virtual clock. */
export const simVerb = defineVerb({
  name: 'sim',
  group: 'Cluster',
  summary: 'play the balancer on a virtual clock, beside the rule of MOSIX',
  details: [
    'Runs the very balancing and gossip code of the agent with simulated members, moves and datagrams: no agent and no rights needed.',
    'Scenarios that ship: 2/2, 14/56, 100/400, 1000/4000, 10000/40000, mixed, flash, reboot, liar, evening, mix. docs/balance.md describes',
    'them, the files, and what the figures mean.',
  ].join(' '),
  examples: ['plumpos sim --nodes 14 --jobs 56', 'plumpos sim --scenario evening --seed 7 --json'],
  options: OPTIONS,
  run: async ({ values, io }) => {
    const { playMosix, playOurs } = await import('../simulator/play.ts');
    const scenario = await scenarioOf(values, io.cwd);
    const mosix = values.alone ? undefined : playMosix(scenario, values.seed);
    if (values.json && mosix !== undefined) io.out(line('mosix', scenario, values.seed, mosix));
    const ours = playOurs(scenario, values.seed);
    if (values.json) io.out(line('plumpos', scenario, values.seed, ours));
    else tell(io, scenario, ours, mosix);
    return EXIT.done;
  },
});

async function scenarioOf(
  values: { readonly scenario: string | undefined; readonly nodes: number; readonly jobs: number },
  cwd: string,
): Promise<Scenario> {
  const { allOnOne, SCENARIOS } = await import('../simulator/scenarios.ts');
  if (values.scenario === undefined) return allOnOne(values.nodes, values.jobs);
  if (Object.hasOwn(SCENARIOS, values.scenario)) return (SCENARIOS[values.scenario] as () => Scenario)();
  const { readScenario } = await import('../simulator/scenario-file.ts');
  return readScenario(textOf(path.resolve(cwd, values.scenario), Object.keys(SCENARIOS)), values.scenario);
}

function textOf(file: string, names: readonly string[]): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const hint = `scenarios that ship: ${names.join(', ')}`;
    throw new PlumpError('PLUMP_INPUT', `the scenario cannot be read: ${messageOf(cause)}`, { hint, cause });
  }
}

function line(rule: string, { name }: Scenario, seed: number, result: SimResult): string {
  return `${JSON.stringify({ scenario: name, seed, rule, ...result })}\n`;
}

function tell(io: Io, scenario: Scenario, ours: SimResult, mosix: SimResult | undefined): void {
  const names = Object.keys(ours) as (keyof SimResult)[];
  const cell = (result: SimResult | undefined, name: keyof SimResult) =>
    result === undefined ? [] : [String(result[name] ?? '–')];
  const head = [scenario.name, 'plumpos', ...(mosix === undefined ? [] : ['mosix'])];
  io.out(tableText([head, ...names.map((name) => [name, ...cell(ours, name), ...cell(mosix, name)])]));
}
