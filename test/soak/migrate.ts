import { runProgram } from '#runtime/base/cli.ts';
import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb, type Io } from '#runtime/base/verb.ts';
import { VERSION } from '#runtime/base/version.ts';
import { LabUnderTest } from '../helpers/lab.ts';
import { leftOver } from './migrate/left-over.ts';
import type { Stage } from './migrate/plan.ts';
import { reportOf, reportText } from './migrate/report.ts';
import { Soak } from './migrate/soak.ts';

/** A node holds its image in RAM; what is left is for guests. */
const NODE_MB = 448;

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
    const seconds = stopwatch();
    const say = (text: string) => io.err(`${seconds().toFixed(0).padStart(5)} s  ${text}`);
    say(`seed ${seed}`);
    await using lab = await roomFor(stage, io);
    const soak = new Soak(lab, { stage, seed, count: values.count, signal: io.signal, say });
    await soak.run();
    soak.tally.leftOver.push(...(await leftOver(lab, stage)));
    const report = reportOf(soak.tally, seed, seconds());
    io.out(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
    return report.lost + report.doubled > 0 ? EXIT.failed : EXIT.done;
  },
});

async function roomFor({ home, nodes }: Stage, { env, signal }: Io): Promise<LabUnderTest> {
  const lab = new LabUnderTest(env['PLUMPOS_LAB']);
  if (lab.kept) return lab;
  try {
    const memory = nodes.flatMap((name) => ['--memory', `${name}=${NODE_MB}`]);
    await lab.up(`${nodes.length}`, '--head', '--life', '1440', ...memory);
    const all = [home, ...nodes].map((name) => `${name} alive`);
    await lab.settle(home, all);
    signal.throwIfAborted();
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

function stopwatch(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}

/** Ctrl-C on a terminal comes twice, from it and from `plumpos soak`: the room is taken down first, whatever comes. */
function ioUntilDown(): Io {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  return {
    out: (text) => void process.stdout.write(text),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    cwd: process.cwd(),
    interactive: false,
    terminal: false,
    signal: stop.signal,
  };
}

const program = { verbs: [migrateSoak], examples: [], version: VERSION };
process.exit(await runProgram(program, ['soak migrate', ...process.argv.slice(2)], ioUntilDown()));
