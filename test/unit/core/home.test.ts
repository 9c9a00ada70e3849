import test from 'ava';
import { wrongWith } from '../../helpers/move-room/aftermath.ts';
import { MoveRoom } from '../../helpers/move-room/move-room.ts';

test('a program goes to the member with the fewest runnable jobs; one that has vanished is passed over silently', async (t) => {
  const room = new MoveRoom();
  await room.run('home', { pid: 1001 });
  room.cut('home', 'n1');
  const job = await room.run('best', { pid: 1002 });
  t.is(room.hostName(job), 'n2');
  await room.clock.passGently(10_000);
  t.deepEqual(
    room.copies().map(({ on, runs }) => ({ on, runs })),
    [
      { on: 'home', runs: true },
      { on: 'n2', runs: true },
    ],
  );
  t.deepEqual(room.files.wrong, []);
});

test('where no named member answers the caller is told, and nothing is left', async (t) => {
  const room = new MoveRoom();
  room.cut('home', 'n1');
  await t.throwsAsync(room.run('n1'), { message: /n1/ });
  room.cut('home', 'n1', false);
  await room.clock.passGently(20_000);
  t.deepEqual(room.copies(), []);
  t.deepEqual([...room.journal], []);
  t.deepEqual([...room.kernel.access], []);
});

test('a named member that is doubted for a moment is waited for; one that is dead is not', async (t) => {
  const room = new MoveRoom();
  room.member('n1').doubted = true;
  const starting = room.run('n1');
  await room.clock.passGently(4000);
  t.deepEqual(room.copies(), []);
  room.member('n1').doubted = false;
  t.is(room.hostName(await starting), 'n1');
  room.powerOff('n2');
  await t.throwsAsync(room.run('n2', { pid: 1002 }), { message: 'none of the members named is there' });
});

test('a program that is not there leaves nothing behind', async (t) => {
  const room = new MoveRoom();
  await t.throwsAsync(room.run('n1', { argv: ['missing'] }), { message: 'nothing to run' });
  await room.clock.passGently(10_000);
  t.deepEqual(room.copies(), []);
  t.deepEqual([...room.kernel.routes, ...room.kernel.access, ...room.journal], []);
});

test('200 programs asked for at once with room for 50: the others wait, all of them run', async (t) => {
  const room = new MoveRoom();
  room.settings = { ...room.settings, jobs: 50 };
  const started = Array.from({ length: 200 }, (_, index) => room.run('home', { pid: 2000 + index }));
  await room.clock.passGently(5000);
  t.is(room.home.jobs().length, 50);
  t.is(room.home.queued().length, 150);
  for (let turn = 0; turn < 40 && room.home.jobs().length > 0; turn++) {
    for (const job of room.home.jobs()) room.deputies.kill(job);
    await room.clock.passGently(2000);
  }
  t.is((await Promise.all(started)).length, 200);
  t.deepEqual(room.copies(), []);
});

test('a move to where it is, of what cannot move, or while it moves is refused with the reason', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1', { pid: 3001 });
  const to = (name: string) => ({ member: room.member(name).host.overlay });
  await t.throwsAsync(room.outcome(room.home.move(job, to('n1'))), { message: /already/ });
  const moving = room.home.move(job, to('n2'));
  await t.throwsAsync(room.outcome(room.home.move(job, to('n2'))), { code: 'PLUMP_BUSY' });
  await room.outcome(moving);
  const ring = await room.run('n1', { pid: 3002, argv: ['io_uring'] });
  await t.throwsAsync(room.outcome(room.home.move(ring, to('n2'))), { message: 'cantmove: io_uring' });
  t.deepEqual(
    room.copies().map(({ on, runs }) => ({ on, runs })),
    [
      { on: 'n1', runs: true },
      { on: 'n2', runs: true },
    ],
  );
});

test('a move to a member that cannot take the job says why, and the job runs on as if nobody had asked', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('home', { pid: 3201 });
  await room.clock.passGently(3000);
  const { place, host } = room.member('n1');
  const to = { member: host.overlay };
  const cases: [object, RegExp][] = [
    [{ closed: 'takes no guests' }, /^cantmove: n1 takes no guests$/],
    [{ freeBytes: 10 }, /^cantmove: not enough memory on n1: /],
    [{ cpuFlags: [] }, /^cantmove: the CPU of n1 lacks sse2$/],
    [{ immobile: 'has no CRIU' }, /^cantmove: n1 has no CRIU$/],
  ];
  for (const [change, message] of cases) {
    room.member('n1').place = { ...place, ...change };
    await t.throwsAsync(room.outcome(room.home.move(job, to)), { code: 'PLUMP_REFUSED', message });
  }
  room.member('n1').place = place;
  room.powerOff('n1');
  await t.throwsAsync(room.outcome(room.home.move(job, to)), { message: 'n1 does not answer' });
  await t.throwsAsync(room.outcome(room.home.move(job, { member: 'fd00::99' })), {
    message: 'fd00::99 does not answer',
  });
  room.cut('home', 'n2');
  const silent = room.home.move(job, { member: room.member('n2').host.overlay });
  await t.throwsAsync(room.outcome(silent), { code: 'PLUMP_UNREACHABLE' });
  room.cut('home', 'n2', false);
  const wrong = await room.settled(() => wrongWith({ room, job, locks: false, mayEnd: () => undefined }));
  t.deepEqual([...room.files.wrong, ...wrong], []);
});

test('a locked job starts on the member named for it, or at home, and stays there', async (t) => {
  const room = new MoveRoom();
  const away = await room.run('n1', { pid: 3101, nomig: true });
  t.is(room.hostName(away), 'n1');
  const refused = { message: 'cantmove: locked (--nomig, plumpos lock)' };
  await t.throwsAsync(room.outcome(room.home.move(away, 'home')), refused);
  const best = await room.run('best', { pid: 3102, nomig: true });
  t.is(room.hostName(best), 'home');
  await t.throwsAsync(room.outcome(room.home.move(best, { member: room.member('n2').host.overlay })), refused);
  t.deepEqual((await room.outcome(room.home.why(best))).reasons, [refused.message]);
});

test('50 moves asked for at once are done, a few at a time for each member', async (t) => {
  const room = new MoveRoom();
  const jobs = await Promise.all(Array.from({ length: 50 }, (_, index) => room.run('n1', { pid: 4000 + index })));
  const member = room.member('n2').host.overlay;
  const moves = Promise.all(jobs.map((job) => room.home.move(job, { member })));
  let most = 0;
  let over = false;
  moves.finally(() => (over = true)).catch(() => {});
  while (!over) {
    await room.clock.passGently(50);
    most = Math.max(most, room.home.jobs().filter((job) => job.move !== undefined).length);
  }
  t.is(most, room.settings.movesPerMember);
  t.true(room.copies().every(({ on, runs }) => on === 'n2' && runs));
  t.deepEqual(room.files.wrong, []);
});

test('a job is lost after ten seconds of silence, can be forgotten then, and its copy is killed when its host is back', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1', { lostTtlMs: 3_600_000 });
  await t.throwsAsync(room.home.forget(job), { code: 'PLUMP_REFUSED', message: /answers/ });
  room.cut('home', 'n1');
  await room.clock.passGently(15_000);
  t.is(room.home.view(job).state, 'lost');
  await room.outcome(room.home.forget(job));
  t.is(room.kernel.access.get(`1000 ${room.member('n1').host.overlay}`), 'fenced');
  room.cut('home', 'n1', false);
  await room.clock.passGently(15_000);
  t.deepEqual(room.copies(), []);
  t.deepEqual([...room.kernel.access], []);
  t.deepEqual(room.files.wrong, []);
});

test('a job given up beside another of its user: that one waits until the copy is dead, and loses nothing', async (t) => {
  const room = new MoveRoom();
  const short = await room.run('n1', { pid: 5001, lostTtlMs: 60_000 });
  const long = await room.run('n1', { pid: 5002, lostTtlMs: 3_600_000 });
  room.cut('home', 'n1');
  await room.clock.passGently(100_000);
  t.is(short.end?.status, 125);
  t.is(long.end, undefined);
  t.is(room.kernel.access.get(`1000 ${room.member('n1').host.overlay}`), 'held');
  room.cut('home', 'n1', false);
  await room.clock.passGently(20_000);
  t.deepEqual(room.copies(), [{ on: 'n1', runs: true, state: 'running' }]);
  t.is(room.kernel.access.get(`1000 ${room.member('n1').host.overlay}`), 'granted');
  const written = room.files.written(long.id).length;
  await room.clock.passGently(10_000);
  t.true(room.files.written(long.id).length > written);
  t.deepEqual(room.files.wrong, []);
});

test('a job whose deputy was killed has ended, as far as anybody can tell', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1', { pid: 6001 });
  room.deputies.kill(job);
  await room.clock.passGently(10_000);
  const { state, status, text } = room.home.view(job);
  t.deepEqual([state, status, text], ['ended', 125, 'its deputy is gone: how it ended is not known']);
});

test('how a job ended is known when the agent has been killed since', async (t) => {
  const room = new MoveRoom();
  const told = await room.run('n1', { pid: 6101 });
  const late = await room.run('n1', { pid: 6102 });
  room.home.ended(told.id, told.deputy.token, 3);
  room.deputies.kill(late);
  room.lookAtDeputies();
  await room.clock.passGently(1000);
  room.home.ended(late.id, late.deputy.token, 130);
  await room.clock.passGently(5000);
  room.killAgent('home');
  await room.clock.passGently(5000);
  for (const [pid, status] of [
    [6101, 3],
    [6102, 130],
  ] as const) {
    const job = room.home.byPid(pid);
    t.is(job && room.home.view(job).status, status);
  }
});

test('while a job is moved it is not made nice, and a stop that nobody would hold is refused', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1', { pid: 6201 });
  const moving = room.home.move(job, { member: room.member('n2').host.overlay });
  await room.clock.passGently(300);
  t.not(job.move, undefined);
  await t.throwsAsync(room.outcome(room.home.nice(job, 5)), { code: 'PLUMP_BUSY' });
  await t.throwsAsync(room.outcome(room.home.signalNow(job, 19)), { code: 'PLUMP_BUSY' });
  await room.outcome(moving);
  await room.outcome(room.home.signalNow(job, 19));
  t.deepEqual(room.signals.heard(job), [19]);
});
