import { EXIT, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { roomOf } from './common/room.ts';
import { runSoak, teller } from './common/soak-program.ts';
import { allCases, shuffled } from './faults/cases.ts';
import { lineOf, reportOf, reportText, type Result } from './faults/report.ts';
import { runCases } from './faults/run-cases.ts';

const faultsSoak = defineVerb({
  name: 'soak faults',
  group: 'Soak',
  summary: 'every fault in every phase of a move, in a room of two nodes and a head',
  details: [
    'In each case a job counts, moves from n1 to n2, and something goes wrong. It must never run twice, be gone only with the',
    'machine that held it or its home, and leave nothing over. Exit status 1 when it does in one case. PLUMPOS_LAB=DIR takes a',
    'room of n1, n2 and head that is up already and leaves it up, with agents that can be made to fail.',
  ].join('\n'),
  examples: [
    'plumpos soak faults --list',
    "plumpos soak faults --only 'host.dump.done: power n1'",
    'plumpos soak faults --count 20 --seed 4711 --json',
  ],
  options: {
    only: { type: 'string', value: 'TEXT', help: 'only the cases whose name has this in it' },
    count: { type: 'integer', value: 'N', min: 1, help: 'so many of them (default: all)' },
    seed: {
      type: 'integer',
      value: 'S',
      min: 0,
      help: 'the order, and with --count the choice, of the run that printed it',
    },
    list: { type: 'flag', help: 'print the names of the cases, and run none' },
    json: { type: 'flag', help: 'the report as one JSON object' },
  },
  async run({ values: { only, count, seed: wanted, list, json }, io }) {
    const chosen = allCases().filter(({ name }) => name.includes(only ?? ''));
    if (chosen.length === 0)
      throw new PlumpError('PLUMP_USAGE', `no case has '${only}' in its name`, { hint: 'plumpos soak faults --list' });
    if (list) {
      const names = chosen.map(({ name }) => name);
      io.out(json ? `${JSON.stringify(names)}\n` : `${names.join('\n')}\n`);
      return EXIT.done;
    }
    const seed = wanted ?? Math.floor(Math.random() * 2 ** 31);
    const cases = shuffled(chosen, seed).slice(0, count);
    const { seconds, say } = teller(io);
    say(`seed ${seed}, ${cases.length} cases`);
    await using lab = await roomOf(['n1', 'n2'], io);
    const results: Result[] = [];
    for await (const result of runCases(cases, { room: lab.folder, signal: io.signal, say })) {
      results.push(result);
      say(lineOf(result));
    }
    const report = reportOf(results, seed, seconds());
    io.out(json ? `${JSON.stringify(report)}\n` : reportText(report));
    return report.failed.length > 0 ? EXIT.failed : EXIT.done;
  },
});

await runSoak(faultsSoak);
