import test from 'ava';
import { criuTrouble } from '#runtime/core/jobs/criu-trouble.ts';
import { hindrances, type Place, pinnedReasons, staysHome } from '#runtime/core/jobs/placement.ts';
import { jobSpec } from '../../../helpers/job-spec.ts';

const MB = 2 ** 20;
const place: Place = {
  overlay: 'fd00::2',
  name: 'n2',
  self: false,
  closed: undefined,
  runnable: 0,
  cpus: 1,
  freeBytes: 100 * MB,
  cpuFlags: ['avx', 'sse2'],
  immobile: undefined,
};
const need = { memoryBytes: 64 * MB, cpuFlags: ['sse2'], moves: true };

test('what keeps a job from a member names the member and what it lacks', (t) => {
  t.deepEqual(hindrances(place, need), []);
  t.deepEqual(hindrances(place, { ...need, cpuFlags: ['avx', 'avx2', 'bmi2', 'sse2'] }), [
    'the CPU of n2 lacks avx2 bmi2',
  ]);
  t.deepEqual(hindrances(place, { ...need, memoryBytes: 101 * MB }), [
    'not enough memory on n2: 101 MB are wanted, 100 MB are free',
  ]);
  const immobile = criuTrouble('', '6.1.0-56-amd64');
  t.deepEqual(hindrances({ ...place, immobile }, need), ['n2 has no CRIU']);
  t.deepEqual(hindrances({ ...place, immobile }, { ...need, moves: false }), [], 'started there it can be');
  t.deepEqual(hindrances({ ...place, closed: 'takes no guests' }, need), ['n2 takes no guests']);
  t.deepEqual(hindrances({ ...place, closed: 'takes no guests', self: true }, need), [], 'its own jobs it takes');
});

test('an old CRIU on a new kernel moves nothing, and is told beforehand', (t) => {
  t.is(criuTrouble('3.17.1', '6.18.44'), 'has CRIU 3.17.1, which does not work on its kernel 6.18.44');
  t.is(criuTrouble('3.17.1', '7.0-rc1')?.slice(0, 15), 'has CRIU 3.17.1');
  for (const [criu, kernel] of [
    ['3.17.1', '6.1.0-56-amd64'],
    ['3.17.1', '6.12.107'],
    ['4.1.1', '6.18.44'],
  ] as const)
    t.is(criuTrouble(criu, kernel), undefined, `${criu} on ${kernel}`);
});

test('what pins a job to its home is known from its start on', (t) => {
  const spec = jobSpec();
  const groups = Array.from({ length: 17 }, (_, index) => 2000 + index);
  t.deepEqual(pinnedReasons(spec, false, []), []);
  t.deepEqual(pinnedReasons(spec, true, []), ['locked (--nomig, plumpos lock)']);
  t.deepEqual(pinnedReasons({ ...spec, network: 'host' }, false, []), [
    '--net host: it uses the network of home itself',
  ]);
  const drive = { path: '/home/alice/drive', reason: 'fuse.sshfs cannot be served by NFS' };
  t.deepEqual(pinnedReasons(spec, false, [drive]), ['it uses /home/alice/drive: fuse.sshfs cannot be served by NFS']);
  t.deepEqual(pinnedReasons({ ...spec, user: { uid: 0, gid: 0, groups: [] } }, false, []), [
    "root's programs stay at home",
  ]);
  const [reason = ''] = pinnedReasons({ ...spec, user: { uid: 1000, gid: groups[0] ?? 0, groups } }, false, []);
  t.is(reason, 'its user is in 17 groups: NFS carries 16');
  t.deepEqual(pinnedReasons({ ...spec, user: { uid: 1000, gid: 1, groups: groups.slice(0, 15) } }, false, []), []);
});

test('what can only be at home, or was started there for good, stays; what is only locked may be elsewhere', (t) => {
  const drive = 'it uses /home/alice/drive: fuse.sshfs cannot be served by NFS';
  t.true(staysHome([drive], 'best'));
  t.true(staysHome(['locked (--nomig, plumpos lock)'], 'home'));
  t.false(staysHome(['locked (--nomig, plumpos lock)'], ['fd00::2']));
  t.false(staysHome([], 'home'));
});
