import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { askLab } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';
import type { MachineView } from '../../lab/control/room-answers.ts';
import { machineTable } from './machine-table.ts';

/** `plumpos lab list`: the machines of the room. */
export const listVerb = defineVerb({
  name: 'list',
  group: 'Lab',
  summary: 'the machines of the room',
  options: { json: { type: 'flag', help: 'as a JSON array' } },
  async run({ values, io }) {
    const machines = (await askLab(labFolder(io.env), { verb: 'list' }, io.signal)) as readonly MachineView[];
    io.out(values.json ? `${JSON.stringify(machines)}\n` : machineTable(machines));
    return EXIT.done;
  },
});
