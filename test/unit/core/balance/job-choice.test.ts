import test from 'ava';
import { bestFitting, chooseJobs, mayLeave } from '#runtime/core/balance/job-choice.ts';
import { BALANCE } from '#runtime/core/balance/settings.ts';
import { jobFacts } from '../../../helpers/balance-room.ts';

const NOW = 100_000;
const may = (patch: Parameters<typeof jobFacts>[1], reason: 'load' | 'memory' = 'load') =>
  mayLeave(jobFacts(1, patch), reason, NOW, BALANCE);

test('a job may move one second after its start, and ten after each move', (t) => {
  t.true(may({}));
  t.false(may({ startedMs: NOW - 900 }));
  t.true(may({ startedMs: NOW - 1000 }));
  t.false(may({ movedMs: NOW - 9900 }));
  t.true(may({ movedMs: NOW - 10_000 }));
});

test('no job moves three times within a minute', (t) => {
  t.false(may({ movedMs: NOW - 15_000, movedBeforeMs: NOW - 40_000 }));
  t.true(may({ movedMs: NOW - 15_000, movedBeforeMs: NOW - 60_000 }));
});

test('locked, interactive and waiting jobs stay', (t) => {
  t.false(may({ pinned: true }));
  t.false(may({ ttyMs: NOW - 5000 }));
  t.true(may({ ttyMs: NOW - 60_000 }), 'nobody has typed for a minute');
  t.false(may({ weight: 10 }));
  t.false(may({ hints: ['iojob'] }));
});

test('memory pressure overrides everything but a lock', (t) => {
  t.true(may({ startedMs: NOW, ttyMs: NOW, weight: 0 }, 'memory'));
  t.false(may({ pinned: true }, 'memory'));
});

test('jobs that never moved go first, then those that gain most for their size', (t) => {
  const jobs = [
    jobFacts(1, { movedMs: NOW - 20_000 }),
    jobFacts(2, { memoryMB: 500 }),
    jobFacts(3),
    jobFacts(4, { weight: 200 }),
    jobFacts(5, { pinned: true }),
  ];
  t.deepEqual(
    chooseJobs(jobs, 'load', 4, NOW, BALANCE).map(({ id }) => id),
    [4, 3, 2, 1],
  );
  t.deepEqual(
    chooseJobs(jobs, 'load', 1, NOW, BALANCE).map(({ id }) => id),
    [4],
  );
});

test('under memory pressure the smallest guest that suffices goes, else the largest', (t) => {
  const jobs = [10, 200, 300, 50].map((memoryMB, i) => jobFacts(i, { memoryMB, home: i === 1 ? 0 : 9 }));
  const fits = (shortMB: number) => bestFitting(jobs, 0, shortMB, NOW, BALANCE)?.id;
  t.is(fits(40), 3);
  t.is(fits(150), 2, 'job 1 is at home');
  t.is(fits(1000), 2);
  t.is(bestFitting(jobs.slice(1, 2), 0, 100, NOW, BALANCE)?.id, 1, 'where there is no guest it goes, too');
});
