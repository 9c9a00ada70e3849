import test from 'ava';
import type { JobView } from '#runtime/model/job.ts';
import type { Look } from '../../soak/migrate/jobs-on-head.ts';
import { LiveJob } from '../../soak/migrate/live-job.ts';

const plan = { id: 's0-1', kind: 'perl', ticks: 4, where: '--best' } as const;
const look = (view: Partial<JobView>): Look => ({
  jobs: [{ pid: 7, id: '0123abcd', state: 'running', host: 'n1', ...view } as JobView],
  pids: { 's0-1': 7 },
  ended: new Set(),
});

function seen(view: Partial<JobView>): LiveJob {
  const job = new LiveJob(plan);
  job.see(look(view));
  return job;
}

test('a job may have been on a member that lost its power when it was there, on its way, or nobody knows', (t) => {
  t.true(new LiveJob(plan).mayBeOn('n2'));
  t.true(seen({}).mayBeOn('n1'));
  t.false(seen({}).mayBeOn('n2'));
  t.true(seen({ state: 'moving' }).mayBeOn('n2'));
  const asked = seen({});
  asked.asked = ['n1', 'n2'];
  t.true(asked.mayBeOn('n2'));
  t.false(asked.mayBeOn('n3'));
});

test('only a job that runs, and that nobody moves, is asked to move', (t) => {
  t.false(new LiveJob(plan).ready);
  t.true(seen({}).ready);
  t.false(seen({ state: 'moving' }).ready);
  const job = seen({});
  job.see({ jobs: undefined, pids: {}, ended: new Set() });
  t.true(job.ready, 'an agent that does not answer changes nothing');
  job.see({ jobs: [], pids: { 's0-1': 7 }, ended: new Set(['s0-1']) });
  t.false(job.ready);
});
