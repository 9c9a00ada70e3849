import { existsSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { pasteable } from '#runtime/base/called.ts';
import { EXIT, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb, type Io, type VerbInput } from '#runtime/base/verb.ts';
import { labAnswers } from '../../lab/control/control-client.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';
import { type LabSettings, perMachine } from '../../lab/control/lab-settings.ts';
import { startRoom } from '../../lab/control/start-room.ts';
import { checkChoices, memoryOf } from '../../lab/room/machine-spec.ts';
import { namesIn } from '../../lab/room/per-name.ts';
import { allSeats, checkNumber, type Seat } from '../../lab/room/seats.ts';
import { machineTable } from './machine-table.ts';
import { count } from './words.ts';

const OPTIONS = {
  iso: { type: 'string', value: 'FILE', help: 'the image (default: final/plumpos.iso, built where there is none)' },
  head: { type: 'integer', value: 'M', implied: '1', default: 0, min: 0, help: 'ordinary Debian PCs that join' },
  'no-join': { type: 'flag', help: 'leave the heads as they are; sudo plumpos join on them is yours' },
  memory: { type: 'list', value: '[NAME=]MB', help: 'RAM of a machine (nodes 256, with UEFI 400; heads 768)' },
  nics: { type: 'integer', value: 'K', default: 1, min: 1, help: 'network cards of each, on K segments' },
  'one-segment': { type: 'flag', help: 'all cards on one segment' },
  kernel: { type: 'string', value: 'NAME', help: "the nodes' kernel, if the image has several" },
  cpu: { type: 'list', value: '[NAME=]MODEL', help: 'e.g. Nehalem, core2duo, max (qemu64)' },
  cpus: { type: 'list', value: '[NAME=]COUNT', help: 'how many processors a machine has (1)' },
  speed: { type: 'list', value: '[NAME=]FRACTION', help: 'a slow machine: 0.5 runs half of the time' },
  firmware: { type: 'choice', choices: ['bios', 'uefi', 'secureboot'], default: 'bios', help: 'what the nodes have' },
  medium: { type: 'choice', choices: ['kernel', 'cd', 'usb', 'pxe'], default: 'kernel', help: 'what they start from' },
  append: { type: 'string', value: 'ARGS', default: '', help: 'further kernel arguments (--medium kernel)' },
  capture: { type: 'string', value: 'FILE', help: 'write every frame of the network to a pcap file' },
  life: { type: 'number', value: 'MINUTES', default: 120, min: 0.1, help: 'the room ends by itself after this time' },
  json: { type: 'flag', help: 'the machines as a JSON array' },
} as const;

const root = path.resolve(import.meta.dirname, '../../..');

/** `plumpos lab up`: starts a room, and leaves it running. */
export const upVerb = defineVerb({
  name: 'up',
  group: 'Lab',
  summary: 'start a room of N nodes, and heads; ends when all are joined',
  words: 'N',
  maxWords: 1,
  details: [
    'N may be 0. The room has a DHCP server of its own and no way out. Options with [NAME=] may be repeated, for one',
    'machine each. The first head of all takes some minutes to make (about 150 MB are fetched); it is kept.',
  ].join('\n'),
  examples: ['plumpos lab up 3 --head', 'plumpos lab up 2 --nics 3 --memory n2=384', 'plumpos lab up 1 --medium pxe'],
  options: OPTIONS,
  async run(input) {
    const { values, io } = input;
    const settings = settingsOf(input);
    checkSettings(settings, io);
    if (await labAnswers(settings.folder)) throw running();
    if (values.iso === undefined && !existsSync(settings.iso)) await build(io);
    const machines = await startRoom(settings, io.env, io.signal, (text) => io.err(text));
    io.out(values.json ? `${JSON.stringify(machines)}\n` : machineTable(machines));
    io.err(pasteable(nextCommand(machines.map(({ name }) => name)), io.env));
    return EXIT.done;
  },
});

/** @throws PlumpError PLUMP_USAGE for what cannot be. What is for machines that are not there yet is told. */
function checkSettings(settings: LabSettings, io: Io): void {
  const { nodes, heads, wiring, memory, cpu, cpus, speed } = settings;
  checkChoices(settings);
  checkNumber('node', nodes);
  checkNumber('head', heads);
  const { memory: memoryIn } = perMachine(settings);
  const places = new Map(allSeats(wiring).map((one) => [one.name, one]));
  const isTaken = ({ kind, number }: Seat) => number <= (kind === 'node' ? nodes : heads);
  for (const name of namesIn([...memory, ...cpu, ...cpus, ...speed])) {
    const place = places.get(name);
    if (place === undefined)
      throw new PlumpError('PLUMP_USAGE', `no machine of a room is called '${name}'`, {
        hint: 'nodes are n1, n2 …; heads head, head2 …',
      });
    if (!isTaken(place)) io.err(`${name} is not in this room yet: what is said of it waits for 'lab add'`);
  }
  for (const place of places.values()) if (isTaken(place)) memoryOf(place, memoryIn(place.name), settings);
}

function settingsOf({ values, positionals, io }: VerbInput<typeof OPTIONS>): LabSettings {
  const [nodes] = positionals;
  if (nodes === undefined) throw new PlumpError('PLUMP_USAGE', 'how many nodes?', { hint: 'plumpos lab up 2 --head' });
  const { head, memory, cpu, cpus, speed, firmware, medium, kernel, append, capture } = values;
  const here = (file: string) => path.resolve(io.cwd, file);
  return {
    folder: labFolder(io.env),
    iso: here(values.iso ?? 'final/plumpos.iso'),
    keyFile: here('cluster.key'),
    nodes: count(nodes, 'N'),
    heads: head,
    noJoin: values['no-join'],
    wiring: { nics: values.nics, oneSegment: values['one-segment'] },
    memory,
    cpu,
    cpus,
    speed,
    firmware,
    medium,
    kernel,
    append,
    capture: capture === undefined ? undefined : here(capture),
    lifeSeconds: values.life * 60,
  };
}

function running(): PlumpError {
  return new PlumpError('PLUMP_BUSY', 'a lab is running already', {
    hint: 'plumpos lab down ends it; a second one needs a folder of its own: PLUMPOS_LAB=DIR',
  });
}

/** With its own progress on the terminal; it goes to standard error, for our output is data. */
async function build(io: Io): Promise<void> {
  io.err(pasteable('there is no final/plumpos.iso yet: plumpos build', io.env));
  const run = await execa(path.join(root, 'plumpos'), ['build'], {
    cwd: io.cwd,
    stdin: 'ignore',
    stdout: 2,
    stderr: 'inherit',
    reject: false,
    cancelSignal: io.signal,
    forceKillAfterDelay: 20_000,
  });
  io.signal.throwIfAborted();
  if (run.exitCode !== 0) throw new PlumpError('PLUMP_IMAGE', 'there is no image: the build failed (see above)');
}

function nextCommand([first]: readonly string[]): string {
  return first === undefined ? 'next: plumpos lab add' : `next: plumpos lab exec ${first} -- plumpos nodes`;
}
