import test from 'ava';
import { reasonsToStay, type TaskTraits } from '#runtime/core/jobs/eligibility.ts';
import { refusal } from '#runtime/core/jobs/host-rules.ts';

const task: TaskTraits = {
  pid: 7,
  name: 'prog',
  tracer: 0,
  userNamespace: 'user:[1]',
  groups: 3,
  cwd: '/home/alice',
  targets: ['/dev/null', '/dev/pts/0', 'socket:[12]', 'pipe:[3]', 'anon_inode:[eventpoll]', '/dev/shm/x (deleted)'],
  unreadable: [],
};
const reasons = (change: Partial<TaskTraits>) => reasonsToStay([task, { ...task, ...change }], 'user:[1]');

test('an ordinary program can move', (t) => {
  t.deepEqual(reasons({}), []);
});

test('what holds a program is named, with the program', (t) => {
  const cases: [Partial<TaskTraits>, RegExp][] = [
    [{ targets: ['anon_inode:[io_uring]'] }, /^io_uring \(prog, pid 7\)$/],
    [{ tracer: 99 }, /ptrace/],
    [{ userNamespace: 'user:[2]' }, /nested user namespace/],
    [{ groups: 17 }, /17 groups/],
    [{ cwd: '/home/alice/gone (deleted)' }, /directory was deleted/],
    [{ targets: ['/dev/snd/pcmC0D0p'] }, /device \/dev\/snd/],
    [{ targets: ['/dev/mqueue/q'] }, /POSIX mqueue/],
    [{ targets: ['/q (mqueue)'] }, /POSIX mqueue/],
    [{ unreadable: ['/usr/bin/secret'] }, /\/usr\/bin\/secret could not be opened again/],
  ];
  for (const [change, reason] of cases) t.regex(reasons(change).join(), reason);
  t.is(reasons({ targets: ['/dev/snd/a', '/dev/snd/a'] }).length, 1, 'each once');
});

test('a host takes what fits into its memory and runs on its CPU', (t) => {
  const host = { availableBytes: 200 * 2 ** 20, cpuFlags: ['sse2', 'avx'] };
  const want = { token: '', uid: 1, memoryBytes: 100 * 2 ** 20, imageBytes: 0, cpuFlags: ['sse2'] };
  t.is(refusal(want, 0, host), undefined);
  t.regex(refusal(want, 100 * 2 ** 20, host) ?? '', /not enough memory: 100 MB are wanted, 52 MB are free/);
  t.regex(refusal({ ...want, cpuFlags: ['avx', 'avx2'] }, 0, host) ?? '', /CPU lacks avx2/);
});
