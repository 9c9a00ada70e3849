import test from 'ava';
import { playMosix, playOurs } from '#runtime/simulator/play.ts';
import { allOnOne, SCENARIOS } from '#runtime/simulator/scenarios.ts';
import type { Scenario } from '#runtime/simulator/scenario.ts';
import { SimCpu } from '#runtime/simulator/sim-cpu.ts';
import { SimJob } from '#runtime/simulator/sim-job.ts';
import type { SimResult } from '#runtime/simulator/sim-result.ts';

const shipped = (name: string) => (SCENARIOS[name] as () => Scenario)();
const text = (name: string, result: SimResult) => `${name}: ${JSON.stringify(result)}`;

test('the same seed gives the same run, another seed another', (t) => {
  const first = playOurs(allOnOne(14, 56), 7);
  t.deepEqual(playOurs(allOnOne(14, 56), 7), first);
  t.notDeepEqual(playOurs(allOnOne(14, 56), 8), first);
});

test('14 members share out 56 jobs within 15 seconds, with hardly a move too many, and better than MOSIX', (t) => {
  for (const seed of [1, 2, 3]) {
    const ours = playOurs(allOnOne(14, 56), seed);
    const mosix = playMosix(allOnOne(14, 56), seed);
    t.log(text('plumpos', ours));
    t.log(text('mosix', mosix));
    t.true((ours.convergence_s ?? 999) <= 15);
    t.true(ours.moves <= 1.1 * (ours.min_moves ?? 0));
    t.true(ours.max_hops <= 2);
    t.true((ours.convergence_s ?? 999) < (mosix.convergence_s ?? 999) && ours.moves < mosix.moves);
  }
});

test('convergence grows at most by half for each doubling, and what members send is bounded', (t) => {
  const sizes = [100, 200, 400];
  const times = sizes.map((nodes) => {
    const run = playOurs(allOnOne(nodes, 4 * nodes), 1);
    t.log(text(`${nodes}`, run));
    t.true(run.max_hops <= 2);
    t.true(run.worst_sent_per_s <= 8000 && run.worst_received_per_s <= 8000);
    t.true(run.moves <= 1.1 * (run.min_moves ?? 0));
    return run.convergence_s ?? 9999;
  });
  for (let i = 1; i < sizes.length; i++) {
    const doublings = Math.log2((sizes[i] ?? 0) / (sizes[i - 1] ?? 0));
    t.true((times[i] ?? 0) <= 1.5 ** doublings * (times[i - 1] ?? 0), times.join(' '));
  }
});

test('in a changing mix nothing hops and nobody is idle for long while others have too much', (t) => {
  const mix = playOurs({ ...shipped('mix'), seconds: 600 }, 1);
  t.log(text('mix', mix));
  t.true(mix.most_moves_in_a_minute <= 2);
  t.true(mix.idle_s <= 2 + mix.slowest_move_s);
});

test('members that lie are found out: their jobs come back, and all others share them', (t) => {
  const liar = playOurs(shipped('liar'), 1);
  t.log(text('liar', liar));
  t.true(liar.convergence_s !== null);
});

test('faster members take more, and each job moves once', (t) => {
  const mixed = playOurs(shipped('mixed'), 1);
  t.log(text('mixed', mixed));
  t.true((mixed.convergence_s ?? 999) < 40);
  t.true(mixed.moves <= 1.1 * (mixed.min_moves ?? 0));
});

test('members are rebooted one after the other and no job is lost; an empty one has work at once', (t) => {
  const reboot = playOurs(shipped('reboot'), 1);
  t.log(text('reboot', reboot));
  t.is(reboot.lost, 0);
  t.true(reboot.idle_s <= 2 + reboot.slowest_move_s);
});

test('a crowd of starts is placed without moves to speak of', (t) => {
  const flash = playOurs(shipped('flash'), 1);
  const mosix = playMosix(shipped('flash'), 1);
  t.log(text('flash', flash));
  t.log(text('mosix', mosix));
  t.true(flash.moves < mosix.moves / 2);
  t.true(flash.idle_s <= 2 + flash.slowest_move_s);
});

test('simulated CPUs are shared evenly, and a job is done when it had its time', (t) => {
  const cpu = new SimCpu(1, 20_000);
  const job = (id: number, wholeS: number) => new SimJob(id, 0, { weight: 100, memoryMB: 1, wholeS });
  const [a, b] = [job(1, 10), job(2, 4)];
  cpu.add(a, 0);
  t.is(cpu.nextEnd(0)?.ms, 5000);
  cpu.add(b, 1000);
  t.deepEqual([cpu.nextEnd(1000)?.job.id, cpu.nextEnd(1000)?.ms], [2, 4000]);
  cpu.remove(b, 5000);
  t.is(b.leftS, 0);
  t.is(cpu.nextEnd(5000)?.ms, 2000);
});
