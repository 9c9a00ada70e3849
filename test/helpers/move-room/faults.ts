import os from 'node:os';
import type { Job } from '#runtime/core/jobs/job.ts';
import { bringHome } from '#runtime/services/home/sweep.ts';
import { MoveRoom } from './move-room.ts';

/** Members between which a job is on its way. */
export interface Journey {
  readonly from: string;
  readonly to: string;
  readonly locks: boolean;
}

/** Where faults strike: a room in the middle of a move. */
export interface Scene extends Journey {
  readonly room: MoveRoom;
  readonly job: Job;
}

/** From home, between others, back home; with a lock there are more steps. */
export const JOURNEYS: readonly Journey[] = [
  { from: 'home', to: 'n1', locks: true },
  { from: 'n1', to: 'n2', locks: false },
  { from: 'n1', to: 'n2', locks: true },
  { from: 'n1', to: 'home', locks: true },
];

/** A job that has run for some seconds on the source. */
export async function sceneOf(journey: Journey): Promise<Scene> {
  const room = new MoveRoom(journey);
  const job = await room.run(journey.from);
  await room.clock.passGently(3000);
  return { ...journey, room, job };
}

/** Something that goes wrong, or that somebody does, in the middle of a move. */
export interface Fault {
  readonly name: string;
  strike(scene: Scene): void;
  /** May the job be gone, and why? The text its deputy must be told; undefined: it must live. */
  mayEnd?(scene: Scene): RegExp | undefined;
  /** Where it cannot strike. */
  readonly not?: (journey: Journey) => boolean;
  /** It must end, with this status. */
  readonly status?: number;
}

type Role = (journey: Journey) => string;

const home: Role = () => 'home';
const source: Role = ({ from }) => from;
const target: Role = ({ to }) => to;
const SECOND = 1000;
const ANY_REASON = () => /^/;
/** It said itself how it ended. */
const BY_ITSELF = () => /^$|status was lost/;

function cut(a: [string, Role], b: [string, Role], time: string, ms: number, mayEnd?: Fault['mayEnd']): Fault {
  return {
    name: `way from ${a[0]} to ${b[0]} cut for ${time}`,
    strike(scene) {
      const { room } = scene;
      const ends = [a[1](scene), b[1](scene)] as const;
      room.cut(...ends);
      room.clock.after(ms, () => room.cut(...ends, false));
    },
    // Where home is one of both, that is another fault of this table.
    not: (journey) => b[1](journey) === 'home' || (a[1](journey) === 'home' && a[0] !== 'home'),
    ...(mayEnd ? { mayEnd } : {}),
  };
}

/** The deputy is told that this member lost the job, if it was the one that held it in the end. */
const ifHeldBy = (member: Role) => (scene: Scene) =>
  scene.room.hostName(scene.job) === member(scene) ? new RegExp(`host ${member(scene)} `) : undefined;
const atHome = (member: Role) => (journey: Journey) => member(journey) === 'home';

const MESSAGES: readonly Fault[] = (
  [
    ['lost', 'lost'],
    ['answer lost', 'answer lost'],
    ['late', 'half a minute late'],
    ['sent twice', 'sent twice'],
  ] as const
).map(([what, name]) => ({ name: `the message is ${name}`, strike: ({ room }) => void (room.nextMessage = what) }));

const MINUTES = 300 * SECOND;
const CUTS: readonly Fault[] = [
  ...(
    [
      ['source', source],
      ['target', target],
    ] as const
  ).flatMap((end) => [
    cut(['home', home], [...end], '5 s', 5 * SECOND),
    cut(['home', home], [...end], 'a minute', 60 * SECOND),
    cut(['home', home], [...end], '5 minutes', MINUTES, ifHeldBy(end[1])),
  ]),
  cut(['source', source], ['target', target], '5 s', 5 * SECOND),
  cut(['source', source], ['target', target], '5 minutes', MINUTES),
];

const POWER: readonly Fault[] = (
  [
    ['source', source],
    ['target', target],
  ] as const
).flatMap(([name, role]) => [
  {
    name: `${name}'s power cord pulled`,
    strike: (scene) => scene.room.powerOff(role(scene)),
    mayEnd: ifHeldBy(role),
    not: atHome(role),
  },
  {
    name: `${name} rebooted`,
    strike(scene) {
      scene.room.powerOff(role(scene));
      scene.room.clock.after(20 * SECOND, () => scene.room.powerOn(role(scene)));
    },
    mayEnd: ifHeldBy(role),
    not: atHome(role),
  },
]);

const AGENTS: readonly Fault[] = [
  { name: "home's agent killed", strike: ({ room }) => room.killAgent('home') },
  { name: "source's agent killed", strike: ({ room, from }) => room.killAgent(from), not: atHome(source) },
  { name: "target's agent killed", strike: ({ room, to }) => room.killAgent(to), not: atHome(target) },
  {
    name: "source's and target's agents killed",
    strike: ({ room, from, to }) => [from, to].forEach((name) => room.killAgent(name)),
  },
  {
    name: 'every agent killed',
    strike: ({ room, from, to }) => new Set(['home', from, to]).forEach((name) => room.killAgent(name)),
  },
];

const HOMES: readonly Fault[] = [
  { name: 'home rebooted', strike: ({ room }) => room.rebootHome(), mayEnd: ANY_REASON },
  {
    name: "home's power cord pulled",
    strike: ({ room }) => room.rebootHome({ forGood: true }),
    mayEnd: ANY_REASON,
  },
  {
    name: 'home rebooted and not reached by the others for 5 minutes',
    strike({ room }) {
      room.rebootHome();
      for (const on of [true, false])
        room.clock.after(on ? 0 : MINUTES, () => ['n1', 'n2'].forEach((name) => room.cut('home', name, on)));
    },
    mayEnd: ANY_REASON,
  },
  {
    name: 'the disk of home full for a while',
    strike: ({ room }) => {
      room.diskFull = true;
      room.clock.after(10 * SECOND, () => void (room.diskFull = false));
    },
  },
];

const PEOPLE: readonly Fault[] = [
  {
    name: 'the deputy killed',
    strike({ room, job }) {
      room.deputies.kill(job);
      room.lookAtDeputies();
    },
    mayEnd: ANY_REASON,
  },
  { name: 'the program ends by itself', strike: ({ room, job }) => room.finish(job), mayEnd: BY_ITSELF },
  { name: 'source expels its guests', strike: ({ room, from }) => void room.expel(from), not: atHome(source) },
  { name: 'target expels its guests', strike: ({ room, to }) => void room.expel(to), not: atHome(target) },
  { name: 'its home brings all jobs home', strike: ({ room }) => void bringHome(room.home) },
  { name: 'source leaves', strike: ({ room, from }) => void room.leave(from), not: atHome(source) },
  { name: 'target leaves', strike: ({ room, to }) => void room.leave(to), not: atHome(target) },
  { name: 'home leaves', strike: ({ room }) => void room.leave('home'), mayEnd: () => /^its home left the cluster$/ },
];

const { SIGHUP, SIGUSR1, SIGKILL, SIGSTOP, SIGCONT } = os.constants.signals;
const SIGNALS: readonly Fault[] = [
  { name: 'a signal is sent', strike: ({ room, job }) => room.signals.send(job, SIGUSR1) },
  { name: 'it is told to go on', strike: ({ room, job }) => room.signals.send(job, SIGCONT) },
  {
    name: 'it is stopped and told to go on',
    strike: ({ room, job }) => room.signals.send(job, SIGSTOP, SIGCONT, SIGHUP),
  },
  {
    name: "a signal is sent and home's agent killed",
    strike({ room, job }) {
      room.signals.send(job, SIGUSR1);
      room.clock.after(20, () => room.killAgent('home'));
    },
  },
  {
    name: 'a signal is sent, and the target cannot be reached for 5 s',
    strike(scene) {
      scene.room.signals.send(scene.job, SIGUSR1);
      cut(['home', home], ['target', target], '', 5 * SECOND).strike(scene);
    },
    not: atHome(target),
  },
  {
    name: 'it is killed',
    strike: ({ room, job }) => room.signals.send(job, SIGKILL),
    mayEnd: ANY_REASON,
    status: 128 + SIGKILL,
  },
];

/** What strikes at any step of a move. */
export const FAULTS: readonly Fault[] = [...MESSAGES, ...CUTS, ...POWER, ...AGENTS, ...HOMES, ...PEOPLE, ...SIGNALS];
