import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb, type Verb } from '#runtime/base/verb.ts';
import { askLab } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';
import { needNames } from './words.ts';

/** `plumpos lab kill`: the power cord. */
export const killVerb = powerVerb('kill', 'pull the power cord of machines');

/** `plumpos lab off`: the power button. */
export const offVerb = powerVerb('off', 'press the power button of machines; ends when they are off');

/** `plumpos lab start`: on again, with nothing left of before. */
export const startVerb = powerVerb('start', 'switch machines on again; ends when they are joined');

function powerVerb(name: 'kill' | 'off' | 'start', summary: string): Verb {
  return defineVerb({
    name,
    group: 'Lab',
    summary,
    words: 'NAME…',
    examples: [`plumpos lab ${name} n2`],
    options: {},
    async run({ positionals, io }) {
      const names = needNames(positionals, name);
      await askLab(labFolder(io.env), { verb: name, names }, io.signal, (text) => io.err(text));
      return EXIT.done;
    },
  });
}
