import { EXIT, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { askLab } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';
import { MACHINES_AS_JSON } from './machine-table.ts';
import { needNames } from './words.ts';

/** `plumpos lab cut`: cables that lose everything, or are pulled out. */
export const cutVerb = defineVerb({
  name: 'cut',
  group: 'Lab',
  summary: 'cut a machine off: from everybody, or from one other machine',
  words: 'NAME [NAME2]',
  maxWords: 2,
  details:
    'All frames are lost in silence, the link stays up. With --carrier the cables are out, and its cards see it.',
  examples: ['plumpos lab cut n3', 'plumpos lab cut n1 n2', 'plumpos lab cut n3 --carrier'],
  options: { carrier: { type: 'flag', help: 'pull the cables out' }, json: MACHINES_AS_JSON },
  async run({ values: { carrier, json }, positionals, io }) {
    const [name = '', other = ''] = needNames(positionals, 'cut');
    if (carrier && other !== '')
      throw new PlumpError('PLUMP_USAGE', 'there is no cable between two machines: --carrier takes one name');
    if (name === other) throw new PlumpError('PLUMP_USAGE', `${name} cannot be cut off from itself`);
    const cut = await askLab(labFolder(io.env), { verb: 'cut', name, other, carrier }, io.signal);
    if (json) io.out(`${JSON.stringify(cut)}\n`);
    return EXIT.done;
  },
});

/** `plumpos lab mend`: every cable is good again. */
export const mendVerb = defineVerb({
  name: 'mend',
  group: 'Lab',
  summary: 'mend everything that was cut',
  options: { json: MACHINES_AS_JSON },
  async run({ values, io }) {
    const all = await askLab(labFolder(io.env), { verb: 'mend' }, io.signal);
    if (values.json) io.out(`${JSON.stringify(all)}\n`);
    return EXIT.done;
  },
});
