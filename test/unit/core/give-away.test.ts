import test from 'ava';
import type { GuestRef } from '#runtime/model/guest.ts';
import type { Job } from '#runtime/core/jobs/job.ts';
import { MoveRoom } from '../../helpers/move-room/move-room.ts';

const SOME_ROOM = 7;

/** What the host of the job hears when its balancer asks to have it moved. */
function given(room: MoveRoom, job: Job, to: string, why: 'load' | 'memory' | 'leave' = 'load') {
  const host = [...room.members.values()].find(({ host: one }) => one.overlay === job.host)?.host;
  if (host === undefined) throw new Error('it is nowhere');
  const ref: GuestRef = { home: room.homeAddress, id: job.id, generation: job.generation };
  const place = { to: room.member(to).host.overlay, room: SOME_ROOM, why };
  return room.outcome(room.homeFor(host).giveAway(ref, place));
}

test('home moves a job to where the balancer of its host found room, and tells why', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1');
  Object.assign(job.wish, { where: 'best' });
  t.deepEqual(await given(room, job, 'n2'), { outcome: 'moved' });
  t.deepEqual(room.copies(), [{ on: 'n2', runs: true, state: 'running' }]);
  t.true(room.events.includes('job.moved: job 4711 moved from n1 to n2 for load'), room.events.join('\n'));
  t.is(room.member('n2').host.promised.at(-1), SOME_ROOM, 'the target is told under which number it promised room');
});

test('home keeps a job where it is that is locked, started for others only, or held by its knobs', async (t) => {
  const room = new MoveRoom();
  const locked = await room.run('home', { nomig: true, pid: 1001 });
  const masked = await room.run('n1', { pid: 1002 });
  const free = await room.run('home', { pid: 1003 });
  t.deepEqual(await given(room, locked, 'n2'), { outcome: 'stays', text: 'locked (--nomig, plumpos lock)' });
  t.deepEqual(await given(room, masked, 'n2'), {
    outcome: 'stays',
    text: 'it was started for other members (--on)',
  });
  room.settings = { ...room.settings, stay: true };
  t.like(await given(room, free, 'n1'), { outcome: 'stays' });
  t.like(await given(room, free, 'n1', 'memory'), { outcome: 'stays' });
  room.settings = { ...room.settings, stay: false, stayHome: true };
  t.like(await given(room, free, 'n1'), { outcome: 'stays' });
  t.is(room.home.reports.length, 0);
  t.like(await given(room, free, 'n1', 'leave'), { outcome: 'moved' }, 'a member that leaves is stronger');
});

test('a move that was not begun is nobody’s fault, one that went wrong may be the target’s', async (t) => {
  const room = new MoveRoom();
  const odd = await room.run('home', { argv: ['io_uring'], pid: 1001 });
  t.deepEqual(await given(room, odd, 'n1'), { outcome: 'stays', text: 'cantmove: io_uring' });
  const told = 'job.stays: job 1001 stays on home, which would send it to n1: cantmove: io_uring';
  t.true(room.events.includes(told), 'its owner can see why');
  const job = await room.run('home', { pid: 1002 });
  room.member('n1').host.faults.push({ on: 'reserve', what: 'is refused' });
  t.deepEqual(await given(room, job, 'n1'), { outcome: 'failed', text: 'reserve is refused' });
  t.is(room.hostName(job), 'home');
});

test('who is not the host of a job has nothing to say about it', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1');
  const ref = { home: room.homeAddress, id: job.id, generation: job.generation };
  const place = { to: room.member('n2').host.overlay, room: SOME_ROOM, why: 'load' } as const;
  await t.throwsAsync(room.outcome(room.homeFor(room.member('n2').host).giveAway(ref, place)), {
    code: 'PLUMP_DENIED',
  });
});

test('home has so many moves at once, and room that is held for seconds does not wait for them', async (t) => {
  const room = new MoveRoom();
  room.settings = { ...room.settings, movesPerMember: 1 };
  const [first, second] = [await room.run('home', { pid: 1001 }), await room.run('home', { pid: 1002 })];
  const both = await Promise.all([given(room, first, 'n1'), given(room, second, 'n2')]);
  t.deepEqual(both, [{ outcome: 'moved' }, { outcome: 'busy', text: 'enough jobs are being moved' }]);
});
