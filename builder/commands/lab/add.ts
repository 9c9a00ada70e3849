import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { askLab } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';
import type { MachineView } from '../../lab/control/room-answers.ts';
import { machineTable } from './machine-table.ts';
import { count } from './words.ts';

/** `plumpos lab add`: more machines in the running room. */
export const addVerb = defineVerb({
  name: 'add',
  group: 'Lab',
  summary: 'put N more nodes (1), or heads, into the room; ends when they are joined',
  words: '[N]',
  maxWords: 1,
  details: 'With plumpos.join=CODE in ARGS they are of another cluster on the same network.',
  examples: ['plumpos lab add', 'plumpos lab add 0 --head'],
  options: {
    head: { type: 'integer', value: 'M', implied: '1', default: 0, min: 0, help: 'ordinary Debian PCs that join' },
    'no-join': { type: 'flag', help: 'leave the heads as they are; sudo plumpos join on them is yours' },
    append: { type: 'string', value: 'ARGS', default: '', help: 'further kernel arguments of the nodes' },
    json: { type: 'flag', help: 'the new machines as a JSON array' },
  },
  async run({ values, positionals, io }) {
    const nodes = count(positionals[0] ?? '1', 'N');
    const { head: heads, append, 'no-join': noJoin } = values;
    const request = { verb: 'add', nodes, heads, append, noJoin } as const;
    const added = await askLab(labFolder(io.env), request, io.signal, (text) => io.err(text));
    const machines = added as readonly MachineView[];
    io.out(values.json ? `${JSON.stringify(machines)}\n` : machineTable(machines));
    return EXIT.done;
  },
});
