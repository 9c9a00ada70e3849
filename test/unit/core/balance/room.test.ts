import test from 'ava';
import { freeSlots, movePays, moveSeconds } from '#runtime/core/balance/move-cost.ts';
import { shortMemory } from '#runtime/core/balance/memory-pressure.ts';
import { Reservations } from '#runtime/core/balance/reservations.ts';
import { roomFor, type RoomThere, type RoomWanted } from '#runtime/core/balance/room.ts';
import { BALANCE } from '#runtime/core/balance/settings.ts';

const pc = (work: number, cpus = 1, speed = 10_000) => ({ work, cpus, speed });

function room(wanted: Partial<RoomWanted> = {}, there: Partial<RoomThere> = {}): number {
  return roomFor(
    { reason: 'load', jobs: 8, weight: 100, memoryMB: 16, mean: 400, offered: false, from: pc(5600), ...wanted },
    {
      own: pc(0),
      freeMB: 4096,
      incoming: 0,
      closed: false,
      estimate: { mean: 400, under: 13, excess: 5200, scale: 1 },
      betterKnown: false,
      ...there,
    },
    BALANCE,
  );
}

test('a member takes its share of what a crowded one has, no more', (t) => {
  t.is(room(), 4);
  t.is(room({}, { own: pc(300) }), 1);
  t.is(room({}, { own: pc(400), betterKnown: true }), 0);
  t.is(room({}, { own: pc(400) }), 1, 'one more where it knows nobody better');
  t.is(room({ offered: true }, { own: pc(400) }), 0, 'but it does not look for it');
  t.is(room({ jobs: 20 }, { own: pc(0, 4) }), 16, 'four CPUs, four shares');
  t.is(room({ jobs: 20 }, { own: pc(0, 1, 20_000) }), 8, 'twice the speed, two shares');
});

test('whoever knows less of the mean, sender or target, does not decide alone', (t) => {
  t.is(room({ mean: 200 }), 2);
  t.is(room({ mean: 100_000 }), 4);
});

test('an idle CPU takes a job whatever the mean is', (t) => {
  t.is(room({ mean: 10, from: pc(200) }), 1);
  t.is(room({ mean: 10, from: pc(1000) }, { own: pc(100, 4) }), 3);
});

test('no job comes where it would be no better off', (t) => {
  t.is(room({ from: pc(100) }), 0);
  t.is(room({ from: pc(200) }, { own: pc(100) }), 0);
  t.is(room({ from: pc(300) }), 1, 'the second one would leave the sender emptier than the target');
});

test('blocked, pressed or full members take nothing', (t) => {
  t.is(room({}, { closed: true }), 0);
  t.is(room({ memoryMB: 1000 }, { freeMB: 2100 }), 2);
  t.is(room({ memoryMB: 5000 }), 0);
  t.is(room({}, { incoming: BALANCE.mostIncoming }), 0);
  t.is(room({ weight: 0 }), 0);
});

test('under memory pressure, on leaving and at a start, room counts and not load', (t) => {
  t.is(room({ reason: 'memory', jobs: 1, from: pc(100) }, { own: pc(900) }), 1);
  t.is(room({ reason: 'leave', from: pc(100) }, { own: pc(900) }), 1);
  t.is(room({ reason: 'start', jobs: 1, from: pc(0) }, { own: pc(900) }), 1);
  t.is(room({ reason: 'memory', jobs: 1, memoryMB: 5000 }), 0);
});

test('whom nobody believes to be crowded gets room all the same when it insists', (t) => {
  t.is(room({ mean: 200, from: pc(2400) }, { own: pc(200), betterKnown: true }), 0);
  t.is(room({ reason: 'stuck', mean: 200, from: pc(2400) }, { own: pc(200), betterKnown: true }), 4);
});

test('takers of a member with tens of thousands of jobs help to spread them', (t) => {
  t.is(room({ jobs: 64, from: pc(4_000_000) }), BALANCE.mostIncoming);
});

test('a reservation counts until it is used, given back, or over', (t) => {
  const held = new Reservations();
  held.hold(7, 1, 3, 100, 16, 5000);
  held.hold(8, 1, 1, 50, 8, 6000);
  t.deepEqual([held.jobs, held.work, held.memoryMB, held.comingWork], [4, 350, 56, 0]);
  t.is(held.setOut(9, 1), undefined, "another's is not used");
  t.deepEqual(held.setOut(7, 1), { weight: 100, memoryMB: 16 });
  t.deepEqual([held.jobs, held.work, held.comingWork], [4, 350, 100]);
  held.landed(100, 16);
  held.release(7, 1, 1);
  t.deepEqual(
    held.expire(5000).map(({ from, seq }) => [from, seq]),
    [[7, 1]],
  );
  t.is(held.setOut(7, 1), undefined);
  held.forget(8);
  t.deepEqual([held.jobs, held.work, held.memoryMB, held.comingWork], [0, 0, 0, 0]);
});

test('a move pays when the job gets further there than here in the time it is expected to live', (t) => {
  const job = { weight: 100, ageS: 1, moveS: 1 };
  t.true(movePays(pc(300), pc(100), job, BALANCE));
  t.false(movePays(pc(300), pc(100), { ...job, moveS: 6 }, BALANCE), 'a gigabyte over a slow line does not');
  t.true(movePays(pc(300), pc(100), { ...job, moveS: 6, ageS: 60 }, BALANCE), 'unless it has run for long');
  t.is(moveSeconds(200, { fixedS: 0.3, linkMBs: 100 }), 2.3);
});

test('moves in flight are bounded in number and in the time their images take', (t) => {
  t.is(freeSlots(10, { count: 0, memoryMB: 0 }, 100, BALANCE), 8);
  t.is(freeSlots(10, { count: 8, memoryMB: 0 }, 100, BALANCE), 0);
  t.is(freeSlots(100, { count: 8, memoryMB: 0 }, 100, BALANCE), 17);
  t.is(freeSlots(100, { count: 1, memoryMB: 200 }, 100, BALANCE), 0);
  t.is(freeSlots(1_000_000, { count: 0, memoryMB: 0 }, 100, BALANCE), BALANCE.mostOutgoing);
});

test('memory is short when tasks wait for it, or hardly any is left', (t) => {
  const short = (somePercent: number, freeMB: number) => shortMemory({ somePercent, freeMB, totalMB: 1024 }, BALANCE);
  t.is(short(0, 100), 0);
  t.is(short(9.9, 40), 0);
  t.is(short(10, 24), 40);
  t.is(short(0, 14), 50);
  t.is(short(30, 500), 1, 'tasks wait although there is some: something has to leave');
});
