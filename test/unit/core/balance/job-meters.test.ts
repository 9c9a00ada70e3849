import test from 'ava';
import { JobMeters, type JobReading } from '#runtime/core/balance/job-meters.ts';
import { Rests } from '#runtime/core/balance/rests.ts';

function reading(key: string, usedMs: number, waited: Readonly<Record<number, number>> = {}): JobReading {
  const waitedMs = new Map(Object.entries(waited).map(([task, ms]) => [Number(task), ms]));
  return { key, runs: true, coming: false, usedMs, waitedMs, most: undefined, hints: [] };
}

const all = () => true;
const whole = (ms: number, waits = true) => ({ ms, waits });

test('a job that waits for a crowded CPU wants as much of it as one that has it', (t) => {
  const meters = new JobMeters();
  meters.update(0, [reading('a', 0, { 10: 0 }), reading('b', 0, { 20: 0 })], whole(0));
  meters.update(1000, [reading('a', 900, { 10: 100 }), reading('b', 100, { 20: 900 })], whole(2600));
  t.deepEqual(
    meters.running().map(({ weight }) => weight),
    [100, 100],
  );
  t.is(meters.work(all), 250, 'with all that is no job');
  t.is(
    meters.work((key) => key !== 'a'),
    150,
    'what leaves is not counted any more',
  );
});

test('where the kernel tells nothing of what waits, the jobs do', (t) => {
  const meters = new JobMeters();
  meters.update(0, [reading('a', 0, { 10: 0 })], whole(0, false));
  meters.update(1000, [reading('a', 400, { 10: 600 })], whole(1000, false));
  t.is(meters.work(all), 150, 'the job wants a CPU, something else used 60 %');
});

test('all tasks of a tree count, those that have ended with what they used', (t) => {
  const meters = new JobMeters();
  meters.update(0, [reading('a', 5000, { 1: 70, 2: 3000 })], whole(0));
  meters.update(2000, [reading('a', 8000, { 1: 570, 3: 500 })], whole(5000));
  t.is(meters.running()[0]?.weight, 200);
});

test('a job weighs what it used lately, by its hints, and never more than it may have', (t) => {
  const meters = new JobMeters();
  const at = (usedMs: number) => [
    reading('plain', usedMs),
    { ...reading('cpujob', 0), hints: ['cpujob' as const] },
    { ...reading('half', usedMs), most: 50 },
  ];
  for (const second of [0, 1, 2]) meters.update(1000 * second, at(Math.min(1000, 1000 * second)), whole(0));
  t.deepEqual(
    meters.running().map(({ reading: { key }, weight }) => [key, weight]),
    [
      ['plain', 80],
      ['cpujob', 100],
      ['half', 40],
    ],
  );
});

test('what comes, or was not read twice yet, counts as a job that computes; what stands still does not', (t) => {
  const meters = new JobMeters();
  meters.update(-1000, [], whole(0));
  meters.update(0, [{ ...reading('comes', 0), runs: false, coming: true }], whole(500));
  t.is(meters.work(all), 150);
  t.false(meters.isMeasured('comes'));
  meters.update(1000, [reading('comes', 0), { ...reading('dumped', 0), runs: false }], whole(1000));
  t.is(meters.work(all), 150, 'it has just come');
  meters.update(2000, [reading('comes', 300)], whole(1800));
  t.true(meters.isMeasured('comes'));
  t.is(meters.work(all), 80);
  meters.remove('comes');
  t.is(meters.work(all), 50);
});

test('what a job used before it went is not mistaken for something else', (t) => {
  const meters = new JobMeters();
  const two = (usedMs: number) => [reading('a', usedMs), reading('b', usedMs)];
  meters.update(0, two(0), whole(0));
  meters.update(1000, two(500), whole(1050));
  t.is(meters.work(all), 100);
  meters.remove('b');
  meters.update(2000, [reading('a', 1200)], whole(2950));
  t.is(meters.work(all), 70 + 50, 'of 1200 ms that are of no job 500 may be of the one that has gone');
  meters.update(3000, [reading('a', 2200)], whole(4600));
  t.is(meters.work(all), 150, 'but then something else computes');
});

test('what is measured is never exact: a CPU is idle on which little runs, and a job that computes wants one', (t) => {
  const meters = new JobMeters();
  meters.update(0, [reading('a', 0)], whole(0));
  meters.update(1000, [reading('a', 1037)], whole(1520));
  t.is(meters.work(all), 100);
  t.is(meters.running()[0]?.weight, 100);
});

test('a job whose move came to nothing is left alone, longer each time', (t) => {
  const rests = new Rests();
  rests.refused('a', 0);
  t.true(rests.rests('a', 9_999));
  t.false(rests.rests('a', 10_000));
  t.false(rests.rests('b', 0));
  rests.refused('a', 10_000);
  t.true(rests.rests('a', 29_999));
  rests.forget('a');
  t.false(rests.rests('a', 20_000));
});
