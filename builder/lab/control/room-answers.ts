import { PlumpError } from '#runtime/base/errors.ts';
import { FRAME } from '../frames.ts';
import { cutOff, mendAll } from '../room/faults.ts';
import type { Machine, MachineState } from '../room/machine.ts';
import type { Room } from '../room/room.ts';
import { untilTogether } from '../room/settled.ts';
import type { Vm } from '../types.ts';
import { attachConsole, attachProgram } from './attach.ts';
import type { LabRequest, RequestOf, RequestVerb } from './requests.ts';
import type { Wire } from './wire.ts';

/** One machine as `plumpos lab list` shows it. */
export interface MachineView {
  readonly name: string;
  readonly kind: 'node' | 'head';
  readonly state: MachineState;
  readonly macs: readonly string[];
  /** Those the room's DHCP server keeps for it. */
  readonly addresses: readonly string[];
  readonly speed: number;
  /** What `lab cut` did to it. */
  readonly fault?: Machine['fault'];
  /** Seconds from power-on until it was up and a member, of the last start. */
  readonly upAfter?: number;
  /** Of its QEMU. */
  readonly pid?: number;
}

const TOGETHER_MS = 120_000;
const READY_MS = 60_000;

type Answers = { [V in Exclude<RequestVerb, 'down'>]: (request: RequestOf<V>, wire: Wire) => Promise<unknown> };

/** What a room answers to each request but `down`. */
export function roomAnswers(room: Room, signal: AbortSignal): (request: LabRequest, wire: Wire) => Promise<unknown> {
  const machines = (names: readonly string[]) => names.map((name) => room.machine(name));
  const views = (some: readonly Machine[]) => some.map(viewOf);
  const answers: Answers = {
    list: async () => views(room.machines),
    add: async (addition) => {
      const added = await room.add(addition);
      await untilTogether(room, TOGETHER_MS, signal);
      return views(added);
    },
    exec: async ({ name, argv, tty, seconds }, wire) => {
      const { channel } = await vmOf(room, name);
      await channel.ready(AbortSignal.any([wire.closed, AbortSignal.timeout(READY_MS)]));
      const onStderr = (chunk: Buffer) => void wire.send(FRAME.stderr, chunk);
      await attachProgram(channel.start(argv, { tty, onStderr }), wire, seconds);
    },
    console: async ({ name }, wire) => attachConsole(await vmOf(room, name), wire),
    cut: async ({ name, other, carrier }) => {
      const cut = machines(other === '' ? [name] : [name, other]);
      if (other === '') await Promise.all(cut.map((one) => cutOff(one, carrier)));
      else room.network.cutBetween(name, other);
      return views(cut);
    },
    mend: async () => {
      await mendAll(room);
      return views(room.machines);
    },
    kill: async ({ names }) => {
      const some = machines(names);
      await Promise.all(some.map((one) => one.kill()));
      return views(some);
    },
    off: async ({ names }) => {
      const some = machines(names);
      await Promise.all(some.map((one) => one.off()));
      return views(some);
    },
    start: async ({ names }) => {
      const some = machines(names);
      await room.start(some);
      await untilTogether(room, TOGETHER_MS, signal);
      return views(some);
    },
  };
  return (request, wire) => {
    if (request.verb === 'down') throw new PlumpError('PLUMP_LAB', 'a room does not end itself');
    return (answers[request.verb] as (request: LabRequest, wire: Wire) => Promise<unknown>)(request, wire);
  };
}

/** The room's own server can be looked into like a machine. */
async function vmOf(room: Room, name: string): Promise<Vm> {
  return name === 'room' ? await room.infra : room.machine(name).vm;
}

/** What `lab list` shows of it. */
export function viewOf(machine: Machine): MachineView {
  const { name, state, seat, speed, fault, upAfter, pid } = machine;
  return {
    name,
    kind: seat.kind,
    state,
    macs: seat.cards.map(({ mac }) => mac),
    addresses: seat.cards.flatMap(({ address }) => address ?? []),
    speed,
    ...(fault === undefined ? {} : { fault }),
    ...(upAfter === undefined ? {} : { upAfter }),
    ...(pid === undefined ? {} : { pid }),
  };
}
