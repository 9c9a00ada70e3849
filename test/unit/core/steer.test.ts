import test from 'ava';
import { maskOf } from '#runtime/core/jobs/job-mask.ts';
import { MoveRoom } from '../../helpers/move-room/move-room.ts';

/** As test/helpers/member-room numbers them. */
const numberOf = (room: MoveRoom, name: string) =>
  [...room.members.values()].findIndex(({ host }) => host.name === name) + 1;

const only = (room: MoveRoom, ...names: string[]) =>
  maskOf(
    names.map((name) => numberOf(room, name)),
    undefined,
  );
const not = (room: MoveRoom, ...names: string[]) =>
  maskOf(
    undefined,
    names.map((name) => numberOf(room, name)),
  );
/** What the host of a job knows of it. */
const told = (room: MoveRoom, name: string) => [...room.member(name).host.guests.values()][0]?.spec?.traits;

test('a job starts only where its mask lets it, and is refused where that is nowhere', async (t) => {
  const room = new MoveRoom();
  t.is(room.hostName(await room.run('best', { pid: 1, mask: only(room, 'n2') })), 'n2');
  t.is(room.hostName(await room.run('best', { pid: 2, mask: not(room, 'home', 'n1') })), 'n2');
  t.is(room.hostName(await room.run('home', { pid: 3, mask: only(room, 'n2') })), 'home', 'said in so many words');
  room.powerOff('n2');
  await room.clock.passGently(60_000);
  await t.throwsAsync(room.run('best', { pid: 4, mask: only(room, 'n2') }), { code: 'PLUMP_REFUSED' });
});

test('migrate obeys the mask and names it; home takes its job back whatever it says', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('best', { mask: only(room, 'n1') });
  const n2 = { member: room.member('n2').host.overlay };
  const message = 'cantmove: its mask (--only n1) keeps it from n2';
  await t.throwsAsync(room.outcome(room.home.move(job, n2)), { code: 'PLUMP_REFUSED', message });
  t.deepEqual((await room.outcome(room.home.why(job))).members, [
    { name: 'home', reasons: [] },
    { name: 'n2', reasons: [message] },
  ]);
  await room.outcome(room.home.move(job, 'home'));
  t.is(room.hostName(job), 'home');
});

test('a job that runs is locked, masked and let go again; its host is told', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1');
  const n2 = { member: room.member('n2').host.overlay };
  Object.assign(job.wish, { where: 'best' });
  await room.outcome(room.home.steer(job, { locked: true, hints: ['cpujob'] }));
  await room.clock.passGently(3000);
  t.like(told(room, 'n1'), { locked: true, hints: ['cpujob'] });
  await t.throwsAsync(room.outcome(room.home.move(job, n2)), { message: /^cantmove: locked/ });
  t.like(room.home.view(job), { locked: true });
  await room.outcome(room.home.steer(job, { locked: false, mask: not(room, 'n2') }));
  await room.clock.passGently(3000);
  t.like(told(room, 'n1'), { locked: false, mask: not(room, 'n2') });
  t.like(room.home.view(job), { locked: undefined, not: ['n2'] });
  const refused = { code: 'PLUMP_USAGE', message: '--only nobody leaves no member that the job may be on' };
  await t.throwsAsync(room.outcome(room.home.steer(job, { mask: maskOf([], undefined) })), refused);
  await room.outcome(room.home.steer(job, { mask: maskOf(undefined, undefined) }));
  await room.outcome(room.home.move(job, n2));
  t.is(room.hostName(job), 'n2');
});

test('a host that could not be reached hears later how a job was steered, and home keeps it over a new agent', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1');
  room.cut('home', 'n1');
  await room.outcome(room.home.steer(job, { locked: true }));
  await room.clock.passGently(20_000);
  t.like(told(room, 'n1'), { locked: false });
  room.cut('home', 'n1', false);
  await room.clock.passGently(20_000);
  t.like(told(room, 'n1'), { locked: true });
  room.killAgent('home');
  await room.clock.passGently(5000);
  const [kept] = room.home.jobs();
  t.like(kept && room.home.view(kept), { locked: true });
});

test('what was started to stay at home is not unlocked: no other member has what it sees', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('home', { nomig: true });
  await t.throwsAsync(room.outcome(room.home.steer(job, { locked: false })), { code: 'PLUMP_REFUSED' });
  await room.outcome(room.home.steer(job, { locked: true }));
});
