import test from 'ava';
import { messageBytes, type LoadMessage } from '#runtime/model/load-message.ts';
import { OPEN_KNOBS } from '#runtime/core/balance/knobs.ts';
import type { StartPlace } from '#runtime/core/balance/starter.ts';
import { BalanceRoom, jobFacts } from '../../../helpers/balance-room.ts';

function roomWith(counts: readonly number[]): BalanceRoom {
  const room = new BalanceRoom(counts.length);
  let id = 0;
  for (const [handle, count] of counts.entries())
    for (let i = 0; i < count; i++) room.at(handle).jobs.push(jobFacts(id++, { home: handle }));
  return room;
}

test('twelve jobs on one of three members are shared out, each moved once', (t) => {
  const room = roomWith([12, 0, 0]);
  room.clock.pass(15_000);
  t.deepEqual(room.counts(), [4, 4, 4]);
  t.is(room.moves.length, 8);
});

test('balanced members leave each other alone', (t) => {
  const room = roomWith([4, 4, 5, 4]);
  room.clock.pass(120_000);
  t.deepEqual(room.moves, []);
});

test('fast members and those with more CPUs take more', (t) => {
  const room = roomWith([24, 0, 0]);
  room.at(1).speed = 20_000;
  room.at(2).cpus = 3;
  room.clock.pass(40_000);
  t.deepEqual(room.counts(), [4, 8, 12]);
});

test('a quiet member neither tells nor hears, takes nothing and gives nothing away for load, but for memory it does', (t) => {
  const room = roomWith([6, 0, 0]);
  room.at(1).balancer.setKnobs({ ...OPEN_KNOBS, quiet: true });
  room.clock.pass(30_000);
  t.deepEqual(room.counts(), [3, 0, 3]);
  t.deepEqual(
    room.at(1).sent.filter(({ kind }) => kind === 'push' || kind === 'pull'),
    [],
  );
  room.at(0).balancer.setKnobs({ ...OPEN_KNOBS, quiet: true });
  room.at(2).balancer.setKnobs({ ...OPEN_KNOBS, block: true });
  const moved = room.moves.length;
  room.clock.pass(30_000);
  t.is(room.moves.length, moved);
  room.at(2).balancer.setKnobs(OPEN_KNOBS);
  room.at(0).shortMB = 100;
  room.clock.pass(30_000);
  t.true(room.moves.length > moved, 'memory is stronger');
});

test('stay, lstay and block are obeyed while load would have it otherwise', (t) => {
  const stays = roomWith([6, 0]);
  stays.at(0).balancer.setKnobs({ ...OPEN_KNOBS, stay: true });
  const blocks = roomWith([6, 0]);
  blocks.at(1).balancer.setKnobs({ ...OPEN_KNOBS, block: true });
  const own = roomWith([4, 0]);
  own.at(0).jobs.push(jobFacts(10, { home: 1 }), jobFacts(11, { home: 1 }));
  own.at(0).balancer.setKnobs({ ...OPEN_KNOBS, lstay: true });
  for (const room of [stays, blocks, own]) room.clock.pass(30_000);
  t.deepEqual(stays.moves, []);
  t.deepEqual(blocks.moves, []);
  t.deepEqual(own.moves.toSorted(), ['10: 0 → 1', '11: 0 → 1'], 'guests go, its own stay');
});

test('a member that leaves gets rid of all its jobs and takes none', (t) => {
  const room = roomWith([1, 6, 1]);
  room.at(1).balancer.setLeaving(true);
  room.clock.pass(20_000);
  t.deepEqual(room.counts(), [4, 0, 4]);
});

test('a tree is weighed whole: one that wants four CPUs counts as four jobs', (t) => {
  const room = new BalanceRoom(2);
  room.at(0).jobs.push(jobFacts(1, { weight: 400 }), ...[2, 3, 4, 5].map((id) => jobFacts(id)));
  room.clock.pass(30_000);
  const weights = room.members.map((member) => member.jobs.reduce((sum, job) => sum + job.weight, 0));
  t.deepEqual(weights, [400, 400]);
});

test('jobs that wait for other things than a CPU are left where they are', (t) => {
  const room = new BalanceRoom(2);
  room.at(0).jobs.push(...[1, 2, 3, 4, 5, 6].map((id) => jobFacts(id, { weight: 20 })));
  room.clock.pass(30_000);
  t.deepEqual(room.moves, []);
});

test('a move that does not pay is not made', (t) => {
  const room = new BalanceRoom(2);
  for (let id = 0; id < 3; id++) room.at(0).jobs.push(jobFacts(id, { memoryMB: 1200, startedMs: 0 }));
  room.clock.pass(5000);
  t.deepEqual(room.moves, [], '13 s of copying for jobs that are a few seconds old');
  room.clock.pass(60_000);
  t.is(room.moves.length, 1, 'for old ones it pays');
});

test('masks of a job are obeyed', (t) => {
  const room = new BalanceRoom(3);
  for (let id = 0; id < 6; id++) room.at(0).jobs.push(jobFacts(id, { mayBeOn: (member) => member !== 1 }));
  room.clock.pass(30_000);
  t.deepEqual(room.counts(), [3, 0, 3]);
});

test('the guest that fits best leaves a member under memory pressure, whatever its load', (t) => {
  const room = roomWith([0, 3, 3]);
  room.at(0).memoryMB = 256;
  room.at(0).jobs.push(jobFacts(20, { home: 1, memoryMB: 40 }), jobFacts(21, { home: 1, memoryMB: 150, ttyMs: 0 }));
  room.at(0).shortMB = 100;
  room.clock.pass(2000);
  room.at(0).shortMB = 0;
  room.clock.pass(5000);
  t.regex(room.moves[0] ?? '', /^21: 0/);
  t.is(room.moves.filter((move) => move.includes(': 0 →')).length, 1);
});

test('a new job starts where it is least slowed down, and at home among equals', (t) => {
  const room = roomWith([0, 0, 0]);
  for (const [handle, id] of [
    [0, 1],
    [0, 2],
    [1, 3],
  ] as const)
    room.at(handle).jobs.push(jobFacts(id, { pinned: true }));
  room.clock.pass(3000);
  const places: StartPlace[] = [];
  const job = { weight: 100, memoryMB: 16, mayBeOn: undefined };
  room.at(1).balancer.place(job, (place) => places.push(place));
  room.clock.pass(100);
  t.is(places[0]?.member, 2);
  t.truthy(room.at(2).balancer.arriving(1, places[0]?.seq ?? -1), 'room is held there');
  const even = roomWith([0, 0, 0]);
  even.clock.pass(3000);
  even.at(1).balancer.place(job, (place) => places.push(place));
  t.deepEqual(places[1], { member: 1, seq: undefined }, 'without asking anybody');
});

test('starts from many homes at once do not all go to the same member', (t) => {
  const room = roomWith([1, 1, 1, 1, 0, 0, 0, 0]);
  room.clock.pass(5000);
  const places: number[] = [];
  for (let home = 0; home < 4; home++)
    room.at(home).balancer.place({ weight: 100, memoryMB: 16, mayBeOn: undefined }, ({ member, seq }) => {
      places.push(member);
      if (seq !== undefined) room.at(member).balancer.arriving(home, seq);
    });
  room.clock.pass(100);
  t.is(new Set(places).size, 4, places.join(' '));
});

test('a dead member is asked for nothing and holds nothing', (t) => {
  const room = roomWith([8, 0, 0]);
  room.clock.pass(1500);
  room.at(0).balancer.gone(2);
  t.is(room.at(2).balancer.arriving(0, 12_345), undefined);
  t.notThrows(() => room.clock.pass(5000));
});

test('what a member sends stays within its budget, also where everything was started', (t) => {
  const room = roomWith([400, ...Array.from({ length: 99 }, () => 0)]);
  room.clock.pass(20_000);
  const bytes = (sent: readonly LoadMessage[]) => sent.reduce((sum, message) => sum + messageBytes(message), 0);
  for (const member of room.members) t.true(bytes(member.sent) / 20 < 8000);
  t.true(bytes(room.at(0).sent) > 0);
});

test('a start at home for want of answers is told as such: whoever knows better may place it', (t) => {
  const room = new BalanceRoom(2);
  room.at(0).jobs.push(...[1, 2].map((id) => jobFacts(id, { pinned: true })));
  const places: StartPlace[] = [];
  const place = () =>
    room.at(0).balancer.place({ weight: 100, memoryMB: 16, mayBeOn: undefined }, (one) => void places.push(one));
  room.at(1).balancer.setKnobs({ ...OPEN_KNOBS, block: true });
  place();
  room.clock.pass(100);
  t.deepEqual(places, [{ member: 0, seq: undefined, unsure: true }]);
  room.at(1).balancer.setKnobs(OPEN_KNOBS);
  room.clock.pass(3000);
  place();
  room.clock.pass(100);
  t.is(places[1]?.member, 1);
});
