import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { inPython, script } from '../helpers/job-scripts.ts';
import { upstreamTarball } from '../helpers/upstream-tarball.ts';
import { roomOf } from './common/room.ts';
import { runSoak, teller } from './common/soak-program.ts';

const MEGABYTE = 1_000_000;

const workSoak = defineVerb({
  name: 'soak work',
  group: 'Soak',
  summary: 'what tests do a part of, whole: a gigabyte through a moving program, lua built by the whole room',
  details: [
    'The stream must come back as it went, and each build must make the same objects as one at home alone, on all machines.',
    'Exit status 1 when one does not. PLUMPOS_LAB=DIR takes a room of n1, n2 and head that is up already and leaves it up.',
  ].join('\n'),
  examples: ['plumpos soak work', 'plumpos soak work --megabytes 4000 --moves 100 --builds 1'],
  options: {
    megabytes: { type: 'integer', value: 'N', min: 1, default: 1000, help: 'through a cat on another node and back' },
    moves: { type: 'integer', value: 'N', min: 0, default: 20, help: 'of that cat meanwhile' },
    builds: { type: 'integer', value: 'N', min: 0, default: 3, help: "of lua with make -j4 SHELL='plumpos sh'" },
  },
  async run({ values: { megabytes, moves, builds }, io }) {
    const { say } = teller(io);
    await using lab = await roomOf(['n1', 'n2'], io);
    const asAlice = async (text: string) => {
      const end = await lab.as('head', 'alice', text);
      io.signal.throwIfAborted();
      io.err(end.stderr.trimEnd());
      return end.stdout.trim();
    };
    say(`${megabytes} MB, ${moves} moves`);
    const bytes = megabytes * MEGABYTE;
    const stream = `rm -f sent; touch go over; ${inPython('stream.py', bytes, moves)}`;
    const wrong: string[] = [];
    const check = (what: string, printed: string, right: string) => {
      say(`${what}: ${printed.replaceAll('\n', ', ')}`);
      if (printed !== right) wrong.push(what);
    };
    check('stream', await asAlice(stream), `0 ${bytes} same`);
    if (builds > 0) await lab.ok('copy', await upstreamTarball('lua5.4'), 'head:/home/alice/lua.tar');
    for (let nth = 1; nth <= builds; nth++)
      check(`build ${nth}`, await asAlice(script('make.sh')), 'the same objects: 34\n3');
    io.out(wrong.length === 0 ? 'all right\n' : `not right: ${wrong.join(', ')}\n`);
    return wrong.length === 0 ? EXIT.done : EXIT.failed;
  },
});

await runSoak(workSoak);
