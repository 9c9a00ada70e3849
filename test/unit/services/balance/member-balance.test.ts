import test from 'ava';
import { BalancedRoom } from '../../../helpers/balanced-room.ts';

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

test('each member tells what it knows of the loads of all, its own first', async (t) => {
  const all = new BalancedRoom('n1');
  await all.start('n1', 2);
  await all.room.clock.passGently(10_000);
  const rows = all.at('home').loads();
  t.deepEqual(
    rows.map(({ overlay, load, utilization }) => [overlay, load, utilization]),
    [
      ['fd00::1', 0, 0],
      ['fd00::2', 200, 100],
    ],
  );
});
