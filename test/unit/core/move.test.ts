import test from 'ava';
import { MoveRoom } from '../../helpers/move-room/move-room.ts';

for (const [from, to] of [
  ['home', 'n1'],
  ['n1', 'n2'],
  ['n1', 'home'],
] as const)
  for (const locks of [false, true])
    test(`a job moves ${from} → ${to}${locks ? ' with a lock' : ''}: goes on where it was, nothing is left behind`, async (t) => {
      const room = new MoveRoom({ locks });
      const job = await room.run(from);
      await room.clock.passGently(5000);
      const before = room.files.written(job.id).length;
      t.true(before > 3);
      const report = await room.outcome(room.home.move(job, { member: room.member(to).host.overlay }));
      t.is(report.to, to);
      await room.clock.passGently(5000);
      t.deepEqual(room.files.wrong, []);
      t.true(room.files.written(job.id).length > before + 5);
      t.deepEqual(room.copies(), [{ on: to, runs: true, state: 'running' }]);
      t.deepEqual([...room.kernel.access], [[`1000 ${room.member(to).host.overlay}`, 'granted']]);
      t.is(room.deputies.all.get(job.id)?.stream, room.member(to).host.overlay);
    });

test('a job that has only just started moves, though nobody has looked at it yet', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('home');
  const report = await room.outcome(room.home.move(job, { member: room.member('n1').host.overlay }));
  t.is(report.to, 'n1');
});

test('the dump of a job with much to write takes minutes: room for it is kept all the time, and it moves', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1');
  room.member('n1').host.faults.push({ on: 'dump', what: 'is slow' });
  const report = await room.outcome(room.home.move(job, { member: room.member('n2').host.overlay }));
  t.is(report.to, 'n2');
  t.true(report.stillMs > 200_000 && report.stillMs < report.totalMs);
  t.is(report.frozenMs, 5);
  t.deepEqual(room.files.wrong, []);
});

test('a job goes back only where everything is that it has seen of a CPU since', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1');
  Object.assign(room.member('n2'), { cpuFlags: ['sse2', 'avx2'] });
  await room.outcome(room.home.move(job, { member: room.member('n2').host.overlay }));
  const back = room.outcome(room.home.move(job, { member: room.member('n1').host.overlay }));
  await t.throwsAsync(back, { code: 'PLUMP_REFUSED', message: 'cantmove: the CPU of n1 lacks avx2' });
});
