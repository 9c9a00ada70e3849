import test from 'ava';
import type { Job } from '#runtime/core/jobs/job.ts';
import { MoveRoom } from '../../helpers/move-room/move-room.ts';

/**
 * The fault table: a job is moved, and at every step of the move (each message before it is sent, under way and answered,
 * each write of the journal) each fault strikes. Whatever happens: the numbers the job writes into its file at home have no
 * gap and none comes twice; the job is gone only where the machine that held it lost its power, home was rebooted or
 * somebody ended it; and in the end nothing is left over anywhere.
 */

interface Journey {
  readonly from: string;
  readonly to: string;
  readonly locks: boolean;
}

/** Where faults strike: a room in the middle of a move. */
interface Scene extends Journey {
  readonly room: MoveRoom;
  readonly job: Job;
}

interface Fault {
  readonly name: string;
  strike(scene: Scene): void;
  /** May the job be gone, and why? The text its deputy must be told; undefined: it must live. */
  mayEnd?(scene: Scene): RegExp | undefined;
  /** Where it cannot strike. */
  readonly not?: (journey: Journey) => boolean;
}

const seconds = (count: number) => count * 1000;
const minutes = (count: number) => count * 60_000;

function cutFor(a: (journey: Journey) => string, b: (journey: Journey) => string, ms: number) {
  return (scene: Scene) => {
    const { room } = scene;
    room.cut(a(scene), b(scene));
    room.clock.after(ms, () => room.cut(a(scene), b(scene), false));
  };
}

const home = () => 'home';
const source = ({ from }: Journey) => from;
const target = ({ to }: Journey) => to;
const atHome = (member: (journey: Journey) => string) => (journey: Journey) => member(journey) === 'home';
/** The deputy is told that this member lost the job, if it was the one that held it in the end. */
const ifHeldBy = (member: (journey: Journey) => string) => (scene: Scene) =>
  scene.room.hostName(scene.job) === member(scene) ? new RegExp(`host ${member(scene)} `) : undefined;

const FAULTS: readonly Fault[] = [
  ...(['lost', 'answer lost', 'late'] as const).map((what) => ({
    name: `the message is ${what === 'late' ? 'half a minute late' : what}`,
    strike: ({ room }: Scene) => void (room.nextMessage = what),
  })),
  { name: 'way from home to source cut for 5 s', strike: cutFor(home, source, seconds(5)), not: atHome(source) },
  { name: 'way from home to target cut for 5 s', strike: cutFor(home, target, seconds(5)), not: atHome(target) },
  { name: 'way from home to source cut for a minute', strike: cutFor(home, source, seconds(60)), not: atHome(source) },
  { name: 'way from home to target cut for a minute', strike: cutFor(home, target, seconds(60)), not: atHome(target) },
  { name: 'way from source to target cut for a minute', strike: cutFor(source, target, seconds(60)) },
  {
    name: 'way from home to source cut for 5 minutes',
    strike: cutFor(home, source, minutes(5)),
    mayEnd: ifHeldBy(source),
    not: atHome(source),
  },
  {
    name: 'way from home to target cut for 5 minutes',
    strike: cutFor(home, target, minutes(5)),
    mayEnd: ifHeldBy(target),
    not: atHome(target),
  },
  {
    name: "source's power cord pulled",
    strike: ({ room, from }) => room.powerOff(from),
    mayEnd: ifHeldBy(source),
    not: atHome(source),
  },
  {
    name: "target's power cord pulled",
    strike: ({ room, to }) => room.powerOff(to),
    mayEnd: ifHeldBy(target),
    not: atHome(target),
  },
  {
    name: 'source rebooted',
    strike: ({ room, from }) => (room.powerOff(from), void room.clock.after(seconds(20), () => room.powerOn(from))),
    mayEnd: ifHeldBy(source),
    not: atHome(source),
  },
  {
    name: 'target rebooted',
    strike: ({ room, to }) => (room.powerOff(to), void room.clock.after(seconds(20), () => room.powerOn(to))),
    mayEnd: ifHeldBy(target),
    not: atHome(target),
  },
  { name: "home's agent killed", strike: ({ room }) => room.killAgent('home') },
  { name: "source's agent killed", strike: ({ room, from }) => room.killAgent(from) },
  { name: "target's agent killed", strike: ({ room, to }) => room.killAgent(to) },
  { name: 'home rebooted', strike: ({ room }) => room.rebootHome(), mayEnd: () => /.*/ },
  { name: 'the deputy killed', strike: ({ room, job }) => room.deputies.kill(job), mayEnd: () => /.*/ },
  {
    name: 'the disk of home full for a while',
    strike: ({ room }) => {
      room.diskFull = true;
      room.clock.after(seconds(10), () => void (room.diskFull = false));
    },
  },
];

const JOURNEYS: readonly Journey[] = [
  { from: 'home', to: 'n1', locks: true },
  { from: 'n1', to: 'n2', locks: false },
  { from: 'n1', to: 'n2', locks: true },
  { from: 'n1', to: 'home', locks: true },
];

/** A job that has run for some seconds on the source. */
async function scene(journey: Journey): Promise<Scene> {
  const room = new MoveRoom(journey);
  const job = await room.run(journey.from);
  await room.clock.passGently(seconds(3));
  return { ...journey, room, job };
}

/** The steps of the move when nothing goes wrong. */
async function stepsOf(journey: Journey): Promise<string[]> {
  const { room, job, to } = await scene(journey);
  const before = room.points.length;
  await room.outcome(room.home.move(job, { member: room.member(to).host.overlay }));
  return room.points.slice(before);
}

/** Plays one case of the table and tells what is wrong with how it went. */
async function play(journey: Journey, fault: Fault, step: number): Promise<string[]> {
  const one = await scene(journey);
  const { room, job, to } = one;
  room.strike = { at: room.points.length + step, act: () => fault.strike(one) };
  const move = room.home.move(job, { member: room.member(to).host.overlay });
  move.catch(() => {});
  // Until the last late message has come.
  await room.clock.passGently(seconds(40));
  let left = ['nothing yet'];
  for (let passed = 0; left.length > 0 && passed < minutes(25); passed += seconds(10)) {
    await room.clock.passGently(seconds(10));
    left = await leftOver(one, fault);
  }
  return [...room.files.wrong, ...left];
}

/** What is not as it should be when everything has settled. */
async function leftOver(one: Scene, fault: Fault): Promise<string[]> {
  const { room, job } = one;
  const written = room.files.written(job.id).length;
  await room.clock.passGently(seconds(5));
  const now = room.home.jobs().find(({ id }) => id === job.id);
  if (now === undefined || now.end !== undefined) return leftOfEnded({ ...one, job: now ?? lastOf(one) }, fault);
  const host = room.hostName(now);
  const lives = room.files.written(job.id).length > written;
  return [
    ...(lives ? [] : ['it does not run']),
    ...(now.move === undefined && now.resuming === undefined ? [] : ['the move is not over']),
    ...(now.owed.length === 0 ? [] : ['a copy is owed']),
    ...unlike('copies', room.copies(), [{ on: host, runs: true, state: 'running' }]),
    ...unlike('access', [...room.kernel.access.keys()], now.local ? [] : [`1000 ${now.host}`]),
    ...unlike('routes', [...room.kernel.routes.values()], [host === 'home' ? 'here' : now.host]),
    ...unlike('stream', room.deputies.all.get(job.id)?.stream, now.host),
    ...unlike('journal', room.journal.size, 1),
    ...unlike('lock', room.files.lockedBy(), one.locks ? [`${now.host} ${now.generation}`] : []),
  ];
}

function lastOf({ room, job }: Scene): Job {
  return room.home.endedJobs().find(({ id }) => id === job.id) ?? job;
}

function leftOfEnded(one: Scene, fault: Fault): string[] {
  const { room, job } = one;
  const allowed = fault.mayEnd?.(one);
  if (allowed === undefined) return [`it is gone: ${job.end?.text}`];
  return [
    ...(allowed.test(job.end?.text ?? '') ? [] : [`its deputy was told '${job.end?.text}'`]),
    ...unlike('copies', room.copies(), []),
    ...unlike('access', [...room.kernel.access], []),
    ...unlike('routes', [...room.kernel.routes], []),
    ...unlike('journal', [...room.journal.keys()], []),
    ...unlike('lock', room.files.lockedBy(), []),
    ...unlike('deputies', [...room.deputies.all.keys()], []),
  ];
}

function unlike(what: string, is: unknown, wanted: unknown): string[] {
  const [a, b] = [JSON.stringify(is), JSON.stringify(wanted)];
  return a === b ? [] : [`${what}: ${a} instead of ${b}`];
}

for (const journey of JOURNEYS)
  for (const fault of FAULTS) {
    if (fault.not?.(journey) === true) continue;
    const { from, to, locks } = journey;
    test(`${from} → ${to}${locks ? ' with a lock' : ''}, ${fault.name} at every step: never twice, never lost, nothing left`, async (t) => {
      const steps = await stepsOf(journey);
      const bad: string[] = [];
      for (const [index, step] of steps.entries())
        for (const problem of await play(journey, fault, index)) bad.push(`${index} when ${step}: ${problem}`);
      t.deepEqual(bad, []);
    });
  }
