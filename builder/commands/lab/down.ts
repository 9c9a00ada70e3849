import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { EXIT } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { askLab } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';

const LOOK_MS = 20;
const MOST_LOOKS = 500;

/** `plumpos lab down`: everything off, and nothing left. */
export const downVerb = defineVerb({
  name: 'down',
  group: 'Lab',
  summary: 'switch everything off at once; nothing of the room is left',
  options: { json: { type: 'flag', help: 'say so as one JSON object' } },
  async run({ values, io }) {
    const folder = labFolder(io.env);
    const { pid } = (await askLab(folder, { verb: 'down' }, io.signal)) as { pid: number };
    for (let i = 0; i < MOST_LOOKS && (existsSync(folder) || runs(pid)); i++) await wait(LOOK_MS);
    if (values.json) io.out(`${JSON.stringify({ down: true })}\n`);
    return EXIT.done;
  },
});

/** A process that ended and that nobody has asked about yet runs no more. */
function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
