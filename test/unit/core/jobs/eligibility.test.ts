import test from 'ava';
import { type HeldTrait, reasonsToStay, type TaskTraits } from '#runtime/core/jobs/eligibility.ts';
import { imagesLackRoom, isFit, refusal } from '#runtime/core/jobs/host-rules.ts';
import { jobSpec } from '../../../helpers/job-spec.ts';

const paths = (...targets: string[]): HeldTrait[] => targets.map((target) => ({ target }));
const sockets = (...protocols: string[]): HeldTrait[] =>
  protocols.map((protocol) => ({ target: 'socket:[12]', protocol }));

const task: TaskTraits = {
  pid: 7,
  name: 'prog',
  userNamespace: 'user:[1]',
  cwd: '/home/alice',
  held: [
    ...paths('/dev/null', '/dev/pts/0', '/dev/shm/x (deleted)', '/dev/zero (deleted)', '/memfd:x (deleted)'),
    ...paths('socket:[12]', 'pipe:[3]', 'net:[9]', 'anon_inode:[eventpoll]', 'anon_inode:inotify'),
    ...sockets('TCP', 'UDPv6', 'UNIX', 'UNIX-STREAM', 'NETLINK'),
  ],
  refused: [],
};
const reasons = (change: Partial<TaskTraits>) => reasonsToStay([task, { ...task, ...change }], 'user:[1]');

test('an ordinary program can move', (t) => {
  t.deepEqual(reasons({}), []);
  t.deepEqual(reasons({ userNamespace: '' }), [], 'one that has just ended holds nothing');
});

test('what holds a program is named, with the program', (t) => {
  const cases: [Partial<TaskTraits>, string][] = [
    [{ held: paths('anon_inode:[io_uring]') }, 'io_uring'],
    [{ held: paths('anon_inode:[perf_event]') }, 'perf_event'],
    [{ held: paths('anon_inode:bpf-map') }, 'bpf-map'],
    [{ held: paths('anon_inode:kvm-vm') }, 'kvm-vm'],
    [{ held: paths('/secretmem (deleted)') }, 'secret memory (memfd_secret)'],
    [{ held: paths('/anon_hugepage (deleted)') }, 'huge pages'],
    [{ held: sockets('AF_VSOCK') }, 'AF_VSOCK socket'],
    [{ held: sockets('MPTCP') }, 'MPTCP socket'],
    [
      { held: [{ target: 'socket:[12]', protocol: 'UNIX', peer: '/tmp/.X11-unix/X0' }] },
      'unix socket connected to /tmp/.X11-unix/X0 outside the job',
    ],
    [
      { held: [{ target: 'socket:[12]', protocol: 'UNIX', peer: '' }] },
      'unix socket connected to a program outside the job',
    ],
    [{ tracer: 'gdb' }, 'ptrace: gdb traces it'],
    [{ userNamespace: 'user:[2]' }, 'nested user namespace'],
    [{ cwd: '/home/alice/gone (deleted)' }, 'its directory /home/alice/gone was deleted'],
    [{ held: paths('/dev/snd/pcmC0D0p') }, 'device /dev/snd/pcmC0D0p'],
    [{ held: paths('/dev/mqueue/q') }, 'POSIX mqueue /q'],
    [{ held: [{ target: '/q', elsewhere: 'mqueue' }] }, 'POSIX mqueue /q'],
    [{ held: [{ target: '/var/log/x', elsewhere: 'outside' }] }, '/var/log/x was opened outside the job'],
    [
      { refused: ['/usr/bin/secret could not be opened again by its user'] },
      '/usr/bin/secret could not be opened again by its user',
    ],
  ];
  for (const [change, reason] of cases) t.deepEqual(reasons(change), [`${reason} (prog, pid 7)`]);
  t.is(reasons({ held: paths('/dev/snd/a', '/dev/snd/a') }).length, 1, 'each once');
});

test('a host takes what fits into its memory and runs on its CPU', (t) => {
  const host = { availableBytes: 200 * 2 ** 20, cpuFlags: ['sse2', 'avx'] };
  const want = { token: '', uid: 1, memoryBytes: 100 * 2 ** 20, imageBytes: 0, cpuFlags: ['sse2'] };
  t.is(refusal(want, 0, host), undefined);
  t.regex(refusal(want, 100 * 2 ** 20, host) ?? '', /not enough memory: 100 MB are wanted, 52 MB are free/);
  t.regex(refusal({ ...want, cpuFlags: ['avx', 'avx2'] }, 0, host) ?? '', /CPU lacks avx2/);
});

test('a guest whose images its own host has no room for stays, and it is told beforehand', (t) => {
  const mb = 2 ** 20;
  t.is(imagesLackRoom(100 * mb, 0, 120 * mb), undefined);
  t.is(imagesLackRoom(10 * mb, 0, 30 * mb), undefined, 'a host that is nearly full is rid of a small one');
  const sentence = 'not enough memory on its own host for its images: 612 MB are wanted, 300 MB are free';
  t.is(imagesLackRoom(600 * mb, 100 * mb, 400 * mb), sentence);
});

test("a host gives another home's job nothing of its own: no files, no network, no root", (t) => {
  const nfs = { port: 20_001, root: '/3', identifier: 'secret' };
  t.true(isFit(jobSpec({ nfs })));
  t.false(isFit(jobSpec()));
  t.false(isFit(jobSpec({ nfs, network: 'host' })));
  t.false(isFit(jobSpec({ nfs, stays: true })));
  t.false(isFit(jobSpec({ nfs, user: { uid: 0, gid: 0, groups: [] } })));
});
