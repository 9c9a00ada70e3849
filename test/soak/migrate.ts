import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { leftOver } from '../helpers/left-over.ts';
import { roomOf } from './common/room.ts';
import { runSoak, teller } from './common/soak-program.ts';
import { reportOf, reportText } from './migrate/report.ts';
import { Soak } from './migrate/soak.ts';

const migrateSoak = defineVerb({
  name: 'soak migrate',
  group: 'Soak',
  summary: 'random jobs, moves, and failures of nodes, links and agents, in a room of its own',
  details: [
    'Each job must have exactly one outcome and the right one: its output and status as if nothing had happened, or 125 naming',
    'the host that lost its power while it held it. Exit status 1 when one is lost or doubled. PLUMPOS_LAB=DIR takes a room',
    'that is up already and leaves it up.',
  ].join('\n'),
  examples: ['plumpos soak migrate --count 100', 'plumpos soak migrate --count 20 --seed 4711 --json'],
  options: {
    count: { type: 'integer', value: 'N', min: 1, default: 100, help: 'moves that are asked for' },
    seed: { type: 'integer', value: 'S', min: 0, help: 'the same choices as in the run that printed it' },
    nodes: { type: 'integer', value: 'N', min: 2, default: 2, help: 'nodes beside the head' },
    jobs: { type: 'integer', value: 'N', min: 1, default: 5, help: 'jobs at once' },
    json: { type: 'flag', help: 'the report as one JSON object' },
  },
  async run({ values, io }) {
    const seed = values.seed ?? Math.floor(Math.random() * 2 ** 31);
    const nodes = Array.from({ length: values.nodes }, (_, index) => `n${index + 1}`);
    const stage = { home: 'head', nodes, slots: values.jobs };
    const { seconds, say } = teller(io);
    say(`seed ${seed}`);
    await using lab = await roomOf(nodes, io);
    const soak = new Soak(lab, { stage, seed, count: values.count, signal: io.signal, say });
    await soak.run();
    soak.tally.leftOver.push(...(await leftOver(lab, stage)));
    const report = reportOf(soak.tally, seed, seconds());
    io.out(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
    return report.lost + report.doubled > 0 ? EXIT.failed : EXIT.done;
  },
});

await runSoak(migrateSoak);
