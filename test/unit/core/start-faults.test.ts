import test from 'ava';
import type { Job } from '#runtime/core/jobs/job.ts';
import type { StartAnswer } from '#runtime/core/jobs/launch.ts';
import { wrongWith } from '../../helpers/move-room/aftermath.ts';
import { type Fault, FAULTS, type Scene } from '../../helpers/move-room/faults.ts';
import { MoveRoom } from '../../helpers/move-room/move-room.ts';

/**
 * The fault table of starts: at every step of a start each fault strikes. The program is begun once, or not at all; its
 * caller gets a job that runs, or is told in words why not (`run` ends with 125); where another member would do it goes
 * there; and nothing is left over anywhere.
 */

/** `where` as `run` takes it, and whether home has its hands full, so that `best` is somebody else. */
interface Start {
  readonly where: 'best' | 'home' | 'n1';
  readonly busy: boolean;
}

const STARTS: readonly Start[] = [
  { where: 'home', busy: false },
  { where: 'n1', busy: true },
  { where: 'best', busy: true },
];

function roomFor({ busy }: Start): MoveRoom {
  const room = new MoveRoom({ locks: true });
  if (busy) room.member('home').place = { runnable: 9 };
  return room;
}

/** The steps of the start when nothing goes wrong, and the member it is started on. */
async function stepsOf(start: Start): Promise<{ steps: string[]; to: string }> {
  const room = roomFor(start);
  await room.clock.passGently(3000);
  const before = room.points.length;
  const job = await room.run(start.where);
  return { steps: room.points.slice(before), to: room.hostName(job) };
}

interface Outcome {
  readonly answer?: StartAnswer;
  readonly refusal?: string;
}

async function play(start: Start, fault: Fault, to: string, step: number): Promise<string[]> {
  const room = roomFor(start);
  await room.clock.passGently(3000);
  let job: Job | undefined;
  const scene = (): Scene => ({ from: 'home', to, locks: true, room, job: (job ?? { id: 'none', host: '' }) as Job });
  const act = () => {
    job = room.home.jobs()[0];
    fault.strike(scene());
  };
  room.strike = { at: room.points.length + step, act };
  const asked: Promise<Outcome> = room.ask(start.where).then(
    (answer) => ({ answer }),
    (error: Error) => ({ refusal: error.message }),
  );
  const outcome = await room.outcome(asked);
  await room.clock.passGently(40_000);
  if (outcome.answer !== undefined && 'job' in outcome.answer) job = outcome.answer.job;
  const ended = outcome.refusal === undefined ? fault.mayEnd : mayBeRefused(start, fault);
  const left = await room.settled(() =>
    wrongWith({ ...scene(), mayEnd: () => ended?.(scene()), status: fault.status }),
  );
  return [
    ...room.files.wrong,
    ...left,
    ...(outcome.refusal === '' && fault.name !== 'the deputy killed' ? ['nobody said why'] : []),
  ];
}

/** Only where no other member may take it, or where there is nobody left who could. */
function mayBeRefused(start: Start, fault: Fault): Fault['mayEnd'] {
  const excuse = start.where === 'n1' || fault.mayEnd !== undefined || fault.name.startsWith('the disk');
  return excuse ? () => /^/ : undefined;
}

for (const start of STARTS)
  for (const fault of FAULTS) {
    if (fault.not?.({ from: 'home', to: start.where === 'home' ? 'home' : 'n1', locks: true }) === true) continue;
    test(`run on ${start.where}, ${fault.name} at every step: begun once or not at all, nothing left`, async (t) => {
      const { steps, to } = await stepsOf(start);
      const bad: string[] = [];
      for (const [index, step] of steps.entries())
        for (const problem of await play(start, fault, to, index)) bad.push(`${index} when ${step}: ${problem}`);
      t.deepEqual(bad, []);
    });
  }

test('whatever fails at the best members, the program is begun on the next best; at the one named, its caller is told', async (t) => {
  for (const on of ['reserve', 'start'] as const)
    for (const what of ['fails', 'hangs', 'is refused'] as const) {
      const best = roomFor({ where: 'best', busy: true });
      for (const name of ['n1', 'n2']) best.member(name).host.faults.push({ on, what });
      const job = await best.run('best');
      t.is(best.hostName(job), 'home', `${on} ${what}`);
      t.deepEqual(await best.settled(() => wrongWith({ room: best, job, locks: true, mayEnd: () => undefined })), []);
      t.deepEqual(best.files.wrong, []);
      const named = roomFor({ where: 'n1', busy: true });
      named.member('n1').host.faults.push({ on, what });
      await t.throwsAsync(named.run('n1'), { message: new RegExp(`^n1: ${on} ${what}`) });
      await named.clock.passGently(10_000);
      t.deepEqual([named.copies(), [...named.journal], [...named.kernel.access]], [[], [], []]);
    }
});

test("whatever fails of home's kernel or relay at a start, the program is begun once or not at all, and nothing is left", async (t) => {
  for (const start of STARTS)
    for (const on of ['grant', 'route', 'publish', 'connect'] as const) {
      const room = roomFor(start);
      room.failing.push(on);
      const outcome: Outcome = await room.outcome(
        room.ask(start.where).then(
          (answer) => ({ answer }),
          (error: Error) => ({ refusal: error.message }),
        ),
      );
      const name = `run on ${start.where}: ${on}`;
      const job = outcome.answer !== undefined && 'job' in outcome.answer ? outcome.answer.job : undefined;
      const before = job ?? room.home.endedJobs()[0];
      if (before === undefined) throw new Error('no job');
      const mayEnd = () => (job ? undefined : /./);
      t.deepEqual(await room.settled(() => wrongWith({ room, job: before, locks: true, mayEnd })), [], name);
      t.deepEqual(room.files.wrong, [], name);
      if (on === 'publish') t.deepEqual(room.files.written(before.id), [], 'nothing began without its port');
    }
});
