import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { systemClock } from '#runtime/base/clock.ts';
import { killStrayCriu } from '#runtime/system/criu/stray-criu.ts';

test('a CRIU whose agent was killed is ended before its job goes on, and no other', async (t) => {
  const program = (name: string, images: string) =>
    spawn('sh', ['-c', 'echo up; read x', 'dump', '-D', images], { argv0: name, stdio: 'pipe' });
  const [mine, other, reader] = [program('criu', '/i/a'), program('criu', '/i/b'), program('tar', '/i/a')];
  await Promise.all([mine, other, reader].map(({ stdout }) => once(stdout, 'data')));
  const ended = once(mine, 'exit');
  await killStrayCriu('/i/a', systemClock());
  t.deepEqual(await ended, [null, 'SIGKILL']);
  for (const left of [other, reader]) {
    left.stdin.end('\n');
    t.is((await once(left, 'exit'))[1], null);
  }
});
