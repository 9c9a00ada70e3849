import { PlumpError } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { attachLab } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';
import { passThrough } from '../../lab/control/pass-through.ts';

/** `plumpos lab exec`: a program in a machine. */
export const execVerb = defineVerb({
  name: 'exec',
  group: 'Lab',
  summary: 'run a program on a machine, as root',
  words: 'NAME -- COMMAND…',
  stopAtWord: true,
  details:
    'Input, output and exit status are those of the program. It needs no network: a machine that is cut off obeys.',
  examples: ['plumpos lab exec n1 -- plumpos nodes', 'plumpos lab exec -t head -- su - alice'],
  options: {
    tty: { type: 'flag', short: 't', help: 'give it a terminal' },
    timeout: { type: 'number', value: 'SECONDS', min: 1, help: 'kill it after this time (default: never)' },
  },
  async run({ values: { tty, timeout }, positionals, io }) {
    const [name = '', ...rest] = positionals;
    const argv = rest[0] === '--' ? rest.slice(1) : rest;
    if (argv[0] === undefined || (argv[0].startsWith('-') && rest[0] !== '--'))
      throw new PlumpError('PLUMP_USAGE', 'lab exec: which program on which machine?', {
        hint: 'plumpos lab exec n1 -- plumpos nodes',
      });
    const seconds = timeout ?? 0;
    const words = tty ? ['env', `TERM=${io.env['TERM'] || 'linux'}`, ...argv] : argv;
    const session = await attachLab(
      labFolder(io.env),
      { verb: 'exec', name, argv: words, tty, seconds },
      (chunk) => void process.stderr.write(chunk),
    );
    return await passThrough(session, { raw: tty, signal: io.signal });
  },
});
