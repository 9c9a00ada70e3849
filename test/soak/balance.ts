import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { Mix } from './balance/mix.ts';
import { reportOf, reportText } from './balance/report.ts';
import { roomOf } from './common/room.ts';
import { runSoak, teller } from './common/soak-program.ts';

const HOME = 'head';

const balanceSoak = defineVerb({
  name: 'soak balance',
  group: 'Soak',
  summary: 'half an hour of jobs that come and go at a head, and are moved by the balancer alone',
  details: [
    'No job may move more than twice in a minute; no member may be idle for longer than two gossip periods and the slowest move',
    'while another has two computing jobs for each CPU; every result must be right. Exit status 1 when one is not so.',
    'PLUMPOS_LAB=DIR takes a room of the head and nodes that is up already and leaves it up.',
  ].join('\n'),
  examples: ['plumpos soak balance', 'plumpos soak balance --minutes 10 --seed 4711 --json'],
  options: {
    minutes: { type: 'number', value: 'M', min: 1, default: 30, help: 'so long jobs are started' },
    seed: { type: 'integer', value: 'S', min: 0, help: 'the same jobs as in the run that printed it' },
    nodes: { type: 'integer', value: 'N', min: 1, default: 2, help: 'nodes beside the head' },
    jobs: { type: 'integer', value: 'N', min: 1, default: 12, help: 'jobs at once, at most' },
    json: { type: 'flag', help: 'the report as one JSON object' },
  },
  async run({ values, io }) {
    const seed = values.seed ?? Math.floor(Math.random() * 2 ** 31);
    const nodes = Array.from({ length: values.nodes }, (_, index) => `n${index + 1}`);
    const { seconds, say } = teller(io);
    say(`seed ${seed}`);
    await using lab = await roomOf(nodes, io);
    await lab.on(HOME, 'plumpos', 'ctl', 'nostay');
    const { signal } = io;
    const mix = new Mix(lab, { home: HOME, seed, seconds: values.minutes * 60, jobs: values.jobs, signal, say });
    await mix.run();
    const report = reportOf(mix.tally, seed, seconds());
    io.out(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
    return report.failed.length > 0 ? EXIT.failed : EXIT.done;
  },
});

await runSoak(balanceSoak);
