import test from 'ava';
import { FairShare, shareOf } from '#runtime/core/jobs/fair-share.ts';

const JUDGED_MS = 10_000;

/** Looks twice at one job, as long apart as it takes to judge. */
function judged(got: number, waited: number, share: number): boolean {
  const shares = new FairShare();
  shares.saw('job', 'n1 1', 0, { cpuMs: 500, waitedMs: 70 }, share);
  return shares.saw('job', 'n1 1', JUDGED_MS, { cpuMs: 500 + got, waitedMs: 70 + waited }, share);
}

test('who has a share and gets less than a quarter of it while it waits is starved', (t) => {
  t.true(judged(0, 10_000, 1));
  t.true(judged(2400, 7600, 1));
  t.false(judged(2600, 7400, 1));
  t.false(judged(2400, 7600, 0.5), 'two share that CPU');
  t.false(judged(0, 0, 1), 'it sleeps');
  t.false(judged(300, 100, 1), 'it sleeps most of the time');
});

test('nobody is judged before its time, by another life, or by what its host did not say', (t) => {
  const shares = new FairShare();
  const starving = (at: number) => ({ cpuMs: 0, waitedMs: at });
  t.false(shares.saw('job', 'n1 1', 0, starving(0), 1));
  t.false(shares.saw('job', 'n1 1', JUDGED_MS - 1, starving(JUDGED_MS - 1), 1));
  t.false(shares.saw('job', 'n2 2', JUDGED_MS, starving(JUDGED_MS), 1), 'it moved');
  t.false(shares.saw('job', 'n2 2', 2 * JUDGED_MS, starving(2 * JUDGED_MS), undefined));
  t.false(shares.saw('job', 'n2 2', 3 * JUDGED_MS, starving(3 * JUDGED_MS), 1), 'it begins anew');
  t.true(shares.saw('job', 'n2 2', 4 * JUDGED_MS, starving(4 * JUDGED_MS), 1));
});

test('the least that a host said it had counts', (t) => {
  const shares = new FairShare();
  shares.saw('job', 'n1 1', 0, { cpuMs: 0, waitedMs: 0 }, 1);
  shares.saw('job', 'n1 1', 5000, { cpuMs: 1000, waitedMs: 4000 }, 0.1);
  t.false(shares.saw('job', 'n1 1', JUDGED_MS, { cpuMs: 1000, waitedMs: 9000 }, 1));
});

test('a share is a whole CPU where there is one for each, and a part where there is not', (t) => {
  t.is(shareOf({ work: 0, cpus: 1 }), 1);
  t.is(shareOf({ work: 100, cpus: 1 }), 1);
  t.is(shareOf({ work: 400, cpus: 2 }), 0.5);
});
