import test from 'ava';
import { wrongWith } from '../../helpers/move-room/aftermath.ts';
import { type Fault, FAULTS, type Journey, JOURNEYS, sceneOf } from '../../helpers/move-room/faults.ts';

/**
 * The fault table: a job is moved, and at every step of the move (each message before it is sent, under way and answered,
 * each write of the journal) each fault strikes. Whatever happens: the numbers the job writes into its file at home have no
 * gap and none comes twice; the job is gone only where the machine that held it lost its power, home was rebooted or
 * somebody ended it; and in the end nothing is left over anywhere.
 */

/** The steps of the move when nothing goes wrong. */
async function stepsOf(journey: Journey): Promise<string[]> {
  const { room, job, to } = await sceneOf(journey);
  const before = room.points.length;
  await room.outcome(room.home.move(job, { member: room.member(to).host.overlay }));
  return room.points.slice(before);
}

/** Plays one case of the table and tells what is wrong with how it went. */
async function play(journey: Journey, fault: Fault, step: number): Promise<string[]> {
  const one = await sceneOf(journey);
  const { room, job, to } = one;
  room.strike = { at: room.points.length + step, act: () => fault.strike(one) };
  const move = room.home.move(job, { member: room.member(to).host.overlay });
  move.catch(() => {});
  // Until the last late message has come.
  await room.clock.passGently(40_000);
  const left = await room.settled(() => wrongWith({ ...one, mayEnd: () => fault.mayEnd?.(one), status: fault.status }));
  return [...room.files.wrong, ...left];
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
