import { defineVerb } from '#runtime/base/verb.ts';
import { attachLab } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';
import { passThrough } from '../../lab/control/pass-through.ts';
import { needNames } from './words.ts';

/** Ctrl-], as telnet and virsh have it. */
const ESCAPE = 0x1d;

/** `plumpos lab console`: the serial port of a machine. */
export const consoleVerb = defineVerb({
  name: 'console',
  group: 'Lab',
  summary: 'the serial console of a machine, what it said last first',
  words: 'NAME',
  maxWords: 1,
  details: 'Ctrl-] ends it, as does the end of the input.',
  examples: ['plumpos lab console n1'],
  options: {},
  async run({ positionals, io }) {
    const [name = ''] = needNames(positionals, 'console');
    const session = await attachLab(labFolder(io.env), { verb: 'console', name });
    if (process.stdin.isTTY) io.err(`console of ${name}; Ctrl-] ends it`);
    return await passThrough(session, { raw: true, escape: ESCAPE, signal: io.signal });
  },
});
