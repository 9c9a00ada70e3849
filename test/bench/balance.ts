import { cpus, loadavg } from 'node:os';
import { playMosix, playOurs } from '#runtime/simulator/play.ts';
import type { Scenario } from '#runtime/simulator/scenario.ts';
import { allOnOne, SCENARIOS } from '#runtime/simulator/scenarios.ts';
import type { SimResult } from '#runtime/simulator/sim-result.ts';
import { makespan } from './balance/makespan.ts';
import { benchValues } from './bench-values.ts';

/** `plumpos bench balance`: the simulator's tables of docs/balance.md, and jobs on four unequal PCs. It asserts nothing. */

const SIZES = [14, 100, 200, 400, 800, 1600, 3200, 6400, 10_000];
/** The rule of MOSIX is not played on more members: it does not get there in the time given. */
const MOST_MOSIX = 400;

const OPTIONS = {
  most: { type: 'integer', min: 14, default: 10_000, help: 'members of the largest cluster played' },
  only: { type: 'choice', choices: ['simulator', 'makespan'], help: 'a part of it' },
  seed: { type: 'integer', min: 0, default: 1, help: 'the same seed gives the same table' },
} as const;

const values = await benchValues({
  name: 'balance',
  summary: "the balancer against MOSIX' rule in the simulator, and jobs on four unequal PCs against GNU parallel",
  options: OPTIONS,
});
console.log(`host: ${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}\n`);
if (values.only !== 'makespan') {
  growth();
  console.log();
  scenarios();
}
if (values.only !== 'simulator') {
  console.log();
  await makespan();
}

/** Everything starts on member 1, four jobs for each member. */
function growth(): void {
  console.log(
    '| members/jobs | rule | balanced | moves (least) | hops | B/s each | worst sent | worst received | took |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const size of SIZES.filter((one) => one <= values.most)) {
    const scenario = allOnOne(size, 4 * size);
    row(scenario, 'PlumpOS', playOurs);
    if (size <= MOST_MOSIX) row(scenario, 'MOSIX', playMosix);
  }
}

function row(scenario: Scenario, rule: string, play: (scenario: Scenario, seed: number) => SimResult): void {
  const from = performance.now();
  const run = play(scenario, values.seed);
  const took = (performance.now() - from) / 1000;
  const moves = `${run.moves} (${run.min_moves})`;
  const bytes = `${run.bytes_per_s_per_node} | ${run.worst_sent_per_s} | ${run.worst_received_per_s}`;
  const when = run.convergence_s === null ? `not in ${scenario.seconds} s` : `${run.convergence_s} s`;
  console.log(
    `| ${scenario.name} | ${rule} | ${when} | ${moves} | ${run.max_hops} | ${bytes} | ${took.toFixed(0)} s |`,
  );
}

function scenarios(): void {
  console.log('| scenario | rule | balanced | moves | most in a minute | idle | slowest move | lost | slowdown |');
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const name of ['mixed', 'flash', 'reboot', 'liar', 'evening', 'mix']) {
    const scenario = (SCENARIOS[name] as () => Scenario)();
    for (const [rule, play] of [
      ['PlumpOS', playOurs],
      ['MOSIX', playMosix],
    ] as const) {
      const run = play(scenario, values.seed);
      const when = run.convergence_s === null ? 'never' : `${run.convergence_s} s`;
      const moves = `${run.moves} | ${run.most_moves_in_a_minute}`;
      const rest = `${run.idle_s} s | ${run.slowest_move_s} s | ${run.lost} | ${run.slowdown || '–'}`;
      console.log(`| ${name} | ${rule} | ${when} | ${moves} | ${rest} |`);
    }
  }
}
