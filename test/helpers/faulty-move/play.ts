import { failAt, type FaultPoint, goOn, hasFailedAt } from '../agents.ts';
import { onlyJob } from '../jobs-room.ts';
import type { Ended, LabUnderTest } from '../lab.ts';
import { leftOver } from '../left-over.ts';
import { overcome, strike } from './blows.ts';
import { MACHINES, ownBlow, type Place, takesHomeAway, type Trial } from './trial.ts';
import type { Outcome } from './verdict.ts';

const ROOM = { home: 'head', nodes: ['n1', 'n2'] } as const;
/** Each counts to its output and to a file until it is told to end; the second has a lock on that file. */
const SHELL = `sh -c 'i=0; until [ -e go ]; do i=$((i+1)); echo $i; echo $i >>count; sleep 1; done; exit 7'`;
const WITH_LOCK = `import fcntl, os, sys, time
file, number = open('count', 'a', 1), 0
fcntl.lockf(file, fcntl.LOCK_EX)
while not os.path.exists('go'):
    number += 1
    print(number, flush=True)
    file.write('%d\\n' % number)
    time.sleep(1)
sys.exit(7)
`;
const START_SECONDS = 180;
/** Longer than a host may be silent. */
const FATE_SECONDS = 300;
const LOOK_MS = 300;
const LOOKS_AFTER = 20;
/** Enough to see that it counts. */
const COUNTS_ON = 2;

/**
 * Starts a job of alice's at the head, brings it to n1, and has go wrong what shall, in its move to n2, before it or without
 * one; tells it to end when all is good again, and looks how it fared and what is left.
 */
export async function play(lab: LabUnderTest, trial: Trial): Promise<Outcome> {
  const asAlice = (text: string) => lab.as('head', 'alice', text);
  const written = async () => numbers((await asAlice('cat count')).stdout);
  await asAlice(`rm -f go count; cat >counts.py <<'END'\n${WITH_LOCK}END`);
  const program = trial.locks ? 'python3 counts.py' : SHELL;
  let over = false;
  const job = background(
    asAlice(`plumpos run --home ${trial.options ?? ''} -- ${program}`).then(async (end) => {
      over = true;
      return { ...end, written: await written() };
    }),
  );
  const moved = await goWrong(lab, trial, await jobOnN1(lab));
  if (trial.fate === 'ends with home') return { ...GONE, leftOver: await leftOver(lab, ROOM) };

  const before = (await written()).length;
  const mayBeWhole = trial.fate === 'whole' || 'mayBeLost' in trial.fate;
  const isDecided = (count: number) => over || count > before + COUNTS_ON;
  if (mayBeWhole) await lab.until(async () => (await written()).length, isDecided, FATE_SECONDS);
  await asAlice('touch go');
  const { status, stdout, stderr, written: atEnd } = await job;
  const left = await leftOver(lab, ROOM);
  const rows = (await asAlice('plumpos ps --json')).stdout.trim();
  if (rows !== '[]') left.push(`in plumpos ps: ${rows}`);
  const printed = numbers(stdout);
  const ranOn = atEnd.length > before + COUNTS_ON;
  return {
    status,
    stderr,
    printed,
    written: atEnd,
    ranOn,
    late: (await written()).length - atEnd.length,
    moved,
    leftOver: left,
  };
}

const GONE = {
  status: undefined,
  stderr: '',
  printed: [],
  written: [],
  ranOn: false,
  late: 0,
  moved: undefined,
} as const;

/** Its pid, when it is there. */
async function jobOnN1(lab: LabUnderTest): Promise<number> {
  const job = await onlyJob(lab, START_SECONDS);
  if (job === undefined) throw new Error('the job does not start');
  const { status, stderr } = await lab.as('head', 'alice', `plumpos migrate ${job.pid} n1`);
  if (status !== 0) throw new Error(`the job does not come to n1: ${stderr}`);
  return job.pid;
}

/** Returns when the blow is overcome and the move has ended. @returns whether it succeeded, where somebody knows */
async function goWrong(lab: LabUnderTest, trial: Trial, pid: number): Promise<boolean | undefined> {
  const { when, blow } = trial;
  await Promise.all(MACHINES.map((machine) => failAt(lab, machine, pointsOf(trial, machine))));
  if (typeof when === 'string') await strike(lab, blow);
  if (when === 'away') {
    await overcome(lab, blow);
    return undefined;
  }
  const moving = background(lab.as('head', 'alice', `plumpos migrate ${pid} n2`));
  if (when === 'before') await moving;
  else await strikeAt(lab, trial, when, moving);
  await overcome(lab, blow);
  return takesHomeAway(blow) ? undefined : (await moving).status === 0;
}

/** What a machine's agent is told before the move. */
function pointsOf(trial: Trial, machine: string): FaultPoint[] {
  const { when, fails } = trial;
  const points: FaultPoint[] = [];
  if (fails?.machine === machine) points.push({ place: fails.operation, action: 'fail' });
  if (typeof when === 'object' && when.machine === machine)
    points.push({ place: when.operation, action: ownBlow(trial) ?? 'hold' });
  return points;
}

async function strikeAt(lab: LabUnderTest, trial: Trial, place: Place, moving: Promise<Ended>): Promise<void> {
  await untilThere(lab, trial, place, moving);
  if (ownBlow(trial) !== undefined) return;
  await strike(lab, trial.blow);
  await goOn(lab, place.machine);
}

/** @throws when the move ends without coming there */
async function untilThere(lab: LabUnderTest, trial: Trial, place: Place, moving: Promise<Ended>): Promise<void> {
  let end: Ended | undefined;
  void moving.then((value) => (end = value)).catch(() => {});
  const isOff = async () => (await lab.list()).some(({ name, state }) => name === place.machine && state === 'off');
  const isThere = () => (ownBlow(trial) === 'power' ? isOff() : hasFailedAt(lab, place.machine, place.operation));
  // The agent may have struck in the last moment, and a machine takes a while to be off.
  for (let looks = 0; looks < LOOKS_AFTER; looks += end === undefined ? 0 : 1) {
    if (await isThere()) return;
    await lab.pause(LOOK_MS);
  }
  throw new Error(`the move ended before ${place.operation}: ${end?.stderr.trim() || 'it succeeded'}`);
}

/** Nobody may be waiting for it when the room is taken away. */
function background<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

function numbers(text: string): number[] {
  return text.split('\n').filter(Boolean).map(Number);
}
