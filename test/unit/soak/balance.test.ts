import test from 'ava';
import type { JobView } from '#runtime/model/job.ts';
import { arrivals } from '../../soak/balance/arrivals.ts';
import { type Busy, IdleWatch } from '../../soak/balance/idle-watch.ts';
import { busyOn } from '../../soak/balance/mix.ts';
import { mostInAMinute, reportOf, reportText } from '../../soak/balance/report.ts';
import type { JobPlan } from '../../soak/migrate/kinds.ts';

const seen = (counts: Readonly<Record<string, readonly [running: number, leaving?: number]>>) =>
  new Map<string, Busy>(
    Object.entries(counts).map(([name, [running, leaving = 0]]) => [name, { cpus: 1, running, leaving }]),
  );

test('the jobs of a soak follow from its seed, each with a name of its own, and most of them compute', (t) => {
  const first = (seed: number) => {
    const coming = arrivals(seed);
    return Array.from({ length: 50 }, () => coming.next().value);
  };
  t.deepEqual(first(7), first(7));
  t.notDeepEqual(first(7), first(8));
  const jobs = first(7).flatMap((one) => one.jobs);
  t.is(new Set(jobs.map(({ id }) => id)).size, jobs.length);
  const busy = jobs.filter(({ kind }) => kind === 'awk').length / jobs.length;
  t.true(busy > 0.5 && busy < 0.9, `${busy}`);
});

test('a member is idle while another has two jobs for each CPU, and only so long', (t) => {
  const watch = new IdleWatch();
  watch.see(10, seen({ head: [2], n1: [1], n2: [0] }));
  watch.see(14, seen({ head: [2], n1: [1], n2: [0] }));
  watch.see(15, seen({ head: [1, 1], n1: [1], n2: [0] }));
  watch.see(20, seen({ head: [3], n1: [1], n2: [0] }));
  watch.see(22, seen({ head: [3], n1: [1], n2: [0] }));
  watch.see(30, seen({ head: [2], n1: [1], n2: [1] }));
  t.deepEqual(watch.longest, { member: 'n2', seconds: 4 });
  watch.see(40, seen({ head: [2], n1: [0, 1], n2: [1] }));
  watch.see(50, seen({ head: [2], n1: [0, 1], n2: [1] }));
  t.is(watch.longest.seconds, 4, 'what leaves n1 keeps it busy');
});

test('what computes is known by its kind, what moves is still where it comes from, and other jobs do not count', (t) => {
  const plan = (id: string, kind: JobPlan['kind']): [string, JobPlan] => [id, { id, kind, ticks: 9, where: '--best' }];
  const live = new Map([plan('b1', 'awk'), plan('b2', 'awk'), plan('b3', 'shell')]);
  const job = (pid: number, host: string, state: string) => ({ pid, host, state }) as JobView;
  const jobs = [job(1, 'n1', 'running'), job(2, 'n1', 'moving'), job(3, 'n1', 'running'), job(4, 'n2', 'running')];
  const look = { jobs, pids: { b1: 1, b2: 2, b3: 3, b0: 4 }, ended: new Set<string>() };
  const cpus = new Map([
    ['n1', 1],
    ['n2', 2],
  ]);
  t.deepEqual(
    [...busyOn(cpus, live, look)],
    [
      ['n1', { cpus: 1, running: 1, leaving: 1 }],
      ['n2', { cpus: 2, running: 0, leaving: 0 }],
    ],
  );
});

const move = (id: string, atS: number, why?: string) =>
  ({ id, at: 1000 * atS, totalMs: 5000, ...(why === undefined ? {} : { why }) }) as const;

test('moves are counted job by job, in any minute', (t) => {
  t.is(mostInAMinute([]), 0);
  t.is(mostInAMinute([move('a', 0), move('b', 1), move('a', 59), move('a', 119), move('b', 90)]), 2);
  t.is(mostInAMinute([move('a', 0), move('a', 30), move('a', 59.9)]), 3);
});

test('a soak fails by a third move, by idleness longer than two periods and a move, and by one wrong result', (t) => {
  const idle = new IdleWatch();
  idle.see(0, seen({ n1: [2], n2: [0] }));
  idle.see(7, seen({ n1: [2], n2: [0] }));
  const good = { moves: [move('a', 0, 'load'), move('a', 20, 'memory')], verdicts: [{ fate: 'right' }] as const };
  const report = reportOf({ moves: [...good.moves], verdicts: [...good.verdicts], idle }, 7, 1800.4);
  t.deepEqual(report.failed, []);
  t.is(
    reportText(report),
    `moves    1 for load, 1 for memory; 2 of one job in a minute at most; the slowest took 5.0 s
idle     while another was crowded: n2 for 7.0 s (7.0 s are let pass)
jobs     1 right, 0 gone, 0 lost, 0 doubled
seed 7, 1800 s
`,
  );
  idle.see(7.5, seen({ n1: [2], n2: [0] }));
  const bad = reportOf(
    { moves: [...good.moves, move('a', 40, 'load')], verdicts: [{ fate: 'lost', why: 'status 1' }], idle },
    7,
    1800,
  );
  t.deepEqual(bad.failed, [
    'a job moved 3 times within a minute',
    'n2 was idle for 7.5 s while another was crowded: 7.0 s at most',
    'a job is lost: status 1',
  ]);
});
