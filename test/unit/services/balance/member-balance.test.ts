import test from 'ava';
import { maskOf } from '#runtime/core/jobs/job-mask.ts';
import type { Job } from '#runtime/core/jobs/job.ts';
import { BalancedRoom } from '../../../helpers/balanced-room.ts';
import { memberEntry } from '../../../helpers/member-room.ts';

const moves = (all: BalancedRoom) => all.room.events.filter((event) => event.startsWith('job.moved'));

test('six programs started at home spread over the room, each moved once, and the events say why', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  await all.start('home', 6);
  await all.room.clock.passGently(60_000);
  t.deepEqual(all.counts(), { home: 2, n1: 2, n2: 2 });
  t.is(moves(all).length, 4, moves(all).join('\n'));
  for (const move of moves(all)) t.regex(move, / moved from home to n\d for load$/);
  await all.room.clock.passGently(120_000);
  t.is(moves(all).length, 4, 'then nothing moves any more');
});

test('programs that may be anywhere are placed where there is least to do, with nothing to move', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  await all.room.clock.passGently(5000);
  await all.start('best', 6);
  await all.room.clock.passGently(30_000);
  t.deepEqual(all.counts(), { home: 2, n1: 2, n2: 2 });
  t.deepEqual(moves(all), []);
});

test('who has heard of nobody yet asks all members, as before', async (t) => {
  const all = new BalancedRoom('n1');
  t.is(await all.at('home').place({ id: '0badcafe', wish: { where: 'best' } } as Job, 0), undefined);
  await all.start('best', 1);
  t.is(all.room.copies().length, 1);
});

test('guests of other homes are balanced by their host, which asks their home', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  const jobs = await all.start('n1', 4);
  for (const { wish } of jobs) Object.assign(wish, { where: 'home' });
  // They were started for n1 only; their hosts hear of it when they come somewhere.
  for (const guest of all.room.member('n1').host.guests.values())
    Object.assign(guest, { spec: { ...guest.spec, traits: { hints: [], locked: false, ageMs: 0 } } });
  await all.room.clock.passGently(60_000);
  const counts = all.counts();
  t.is(counts['n1'], 2, JSON.stringify(counts));
  t.true(moves(all).every((move) => /from n1 to (home|n2) for load/.test(move)));
});

test('a program that was started for one member stays there, however crowded it is', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  await all.start('n1', 4);
  await all.room.clock.passGently(60_000);
  t.deepEqual(all.counts(), { home: 0, n1: 4, n2: 0 });
});

test('programs that may be nowhere else do not keep others from leaving', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  await all.start('n1', 4);
  for (let pid = 1; pid <= 4; pid++) {
    const job = await all.room.run('n1', { pid });
    await all.room.outcome(all.room.home.steer(job, { mask: maskOf(undefined, [1]) }));
    Object.assign(job.wish, { where: 'best' });
    await all.room.outcome(all.room.home.steer(job, {}));
  }
  await all.room.clock.passGently(90_000);
  t.deepEqual(all.counts(), { home: 0, n1: 4, n2: 4 });
});

test('a mask is obeyed at start and by the balancer, from when it was set on', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  const numbers = [...all.room.members.values()].map(
    ({ host }, index) => [host.name, memberEntry(index).number] as const,
  );
  const not = (name: string) => maskOf(undefined, [new Map(numbers).get(name) ?? 0]);
  for (let pid = 1; pid <= 6; pid++) await all.room.run('home', { pid, mask: not('n1') });
  await all.room.clock.passGently(60_000);
  t.deepEqual(all.counts(), { home: 3, n1: 0, n2: 3 });
  for (const job of all.room.home.jobs()) await all.room.outcome(all.room.home.steer(job, { mask: not('n2') }));
  for (const { host } of all.room.members.values())
    for (const { spec } of host.guests.values()) t.deepEqual(spec?.traits?.mask, not('n2'), host.name);
  await all.room.clock.passGently(120_000);
  t.true((all.counts()['n1'] ?? 0) >= 2, JSON.stringify(all.counts()));
});

test('a member that blocks gets no program, neither at start nor later', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  all.knobs.set('n1', { block: true });
  await all.start('home', 6);
  await all.room.clock.passGently(60_000);
  t.deepEqual(all.counts(), { home: 3, n1: 0, n2: 3 });
});

test('stay holds the programs of a member, and those of a home wherever they are', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  all.knobs.set('home', { stay: true });
  await all.start('home', 4);
  await all.room.clock.passGently(30_000);
  t.deepEqual(all.counts(), { home: 4, n1: 0, n2: 0 });
  all.knobs.delete('home');
  all.room.settings = { ...all.room.settings, stay: true };
  await all.room.clock.passGently(30_000);
  t.deepEqual(all.counts(), { home: 4, n1: 0, n2: 0 });
});

test('a move that home refuses is not asked for again at once, and the member that had room is not blamed', async (t) => {
  const all = new BalancedRoom('n1');
  const asked: number[] = [];
  const { homeFor } = all.room;
  all.room.homeFor = (host) => ({
    ...homeFor.call(all.room, host),
    giveAway: async () => {
      asked.push(all.room.clock.now());
      return { outcome: 'stays', text: 'its home keeps it' };
    },
  });
  await all.start('home', 2);
  await all.room.clock.passGently(60_000);
  const waits = asked.toSorted((a, b) => a - b);
  t.true(waits.length >= 2 && waits.length <= 8, `asked at ${waits.join(', ')}`);
  t.true(all.at('home').allows(all.room.member('n1').host.overlay));
});

test('a member without memory sends a guest away, and says so', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  const [job] = await all.start('n1', 1);
  Object.assign(job?.wish ?? {}, { where: 'best' });
  for (const guest of all.room.member('n1').host.guests.values())
    Object.assign(guest, { spec: { ...guest.spec, traits: { hints: [], locked: false, ageMs: 0 } } });
  all.freeMB.set('n1', 10);
  await all.room.clock.passGently(20_000);
  t.is(all.counts()['n1'], 0);
  t.regex(moves(all).join('\n'), / moved from n1 to (home|n2) for memory$/);
});

test('a member that leaves sends its guests away and gets none', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  await all.start('home', 6);
  await all.room.clock.passGently(60_000);
  all.at('n1').close();
  await all.room.outcome(all.room.leave('n1'));
  await all.room.clock.passGently(30_000);
  t.deepEqual(all.counts(), { home: 3, n1: 0, n2: 3 });
});

test('a member that was emptied gets no program by itself for a minute, and then its share', async (t) => {
  const all = new BalancedRoom('n1');
  await all.start('home', 4);
  await all.room.clock.passGently(30_000);
  t.deepEqual(all.counts(), { home: 2, n1: 2 });
  all.at('n1').keepClear();
  await all.room.outcome(all.room.expel('n1'));
  await all.room.clock.passGently(45_000);
  t.deepEqual(all.counts(), { home: 4, n1: 0 });
  await all.room.clock.passGently(90_000);
  t.deepEqual(all.counts(), { home: 2, n1: 2 });
});

test('a member that takes no guests takes its own programs back when it has less to do', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  all.knobs.set('home', { block: true });
  all.knobs.set('n2', { block: true });
  const jobs = await all.start('n1', 4);
  for (const { wish } of jobs) Object.assign(wish, { where: 'home' });
  for (const guest of all.room.member('n1').host.guests.values())
    Object.assign(guest, { spec: { ...guest.spec, traits: { hints: [], locked: false, ageMs: 0 } } });
  await all.room.clock.passGently(60_000);
  t.deepEqual(all.counts(), { home: 2, n1: 2, n2: 0 });
});

test('a quiet member takes no part until it is told to', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  all.quiet.add('n2');
  await all.start('home', 6);
  await all.room.clock.passGently(30_000);
  t.deepEqual(all.counts(), { home: 3, n1: 3, n2: 0 });
  all.quiet.delete('n2');
  await all.room.clock.passGently(60_000);
  t.deepEqual(all.counts(), { home: 2, n1: 2, n2: 2 });
});

test('a member that says it is idle and lets programs wait loses them to their home, and gets no other for a while', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  all.room.member('n1').host.starves = true;
  await all.start('home', 4);
  const starved = () => all.room.events.filter((event) => event.startsWith('job.starved'));
  await all.room.clock.passGently(45_000);
  t.regex(`${starved()[0]}`, /^job\.starved: n1 says it has CPU time, and job \d+ waits for it there$/);
  t.deepEqual(all.counts(), { home: 2, n1: 0, n2: 2 });
  const before = starved().length;
  await all.room.clock.passGently(600_000);
  t.true(starved().length - before <= 4, `it is tried again ever more rarely: ${starved().length}`);
});

test('a program that does not want the CPU does not starve', async (t) => {
  const all = new BalancedRoom('n1');
  await all.start('n1', 1);
  await all.room.clock.passGently(120_000);
  t.deepEqual(all.counts(), { home: 0, n1: 1 });
  t.deepEqual(
    all.room.events.filter((event) => event.startsWith('job.starved')),
    [],
  );
});
