import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb, type Verb } from '#runtime/base/verb.ts';
import { askLab } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';
import { MACHINES_AS_JSON } from './machine-table.ts';
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
    options: { json: MACHINES_AS_JSON },
    async run({ values, positionals, io }) {
      const names = needNames(positionals, name);
      const machines = await askLab(labFolder(io.env), { verb: name, names }, io.signal, (text) => io.err(text));
      if (values.json) io.out(`${JSON.stringify(machines)}\n`);
      return EXIT.done;
    },
  });
}
