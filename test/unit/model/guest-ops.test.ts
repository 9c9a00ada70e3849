import test from 'ava';
import {
  decodeDumpRecord,
  decodeGuestRef,
  decodeGuestView,
  decodeReservation,
  decodeQuietRecord,
  decodeReasons,
  decodeStarted,
} from '#runtime/model/guest.ts';
import { decodeJobSpec, decodeNfsAccess } from '#runtime/model/job-spec.ts';
import type { RouteTarget } from '#runtime/model/guest-ops.ts';
import { jobSpec } from '../../helpers/job-spec.ts';

const clone = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a job as it is sent to a host arrives as it left, bytes that are no Unicode included', (t) => {
  const spec = jobSpec({ env: ['NAME=J\u00fcrgen\u00ff', 'EMPTY='], cwd: '/home/\u00e4' });
  t.deepEqual(decodeJobSpec(clone(spec), 'job'), spec);
});

test('whatever is missing, too much or of the wrong kind in a job is refused, with its place', (t) => {
  const spec = jobSpec();
  const bad: readonly [object, string][] = [
    [{ ...spec, extra: 1 }, "'extra'"],
    [{ ...spec, argv: undefined }, 'job.argv'],
    [{ ...spec, argv: ['a\0b'] }, 'job.argv[0]'],
    [{ ...spec, argv: ['\u0100'] }, 'job.argv[0]'],
    [{ ...spec, user: { uid: -1, gid: 0, groups: [] } }, 'job.user.uid'],
    [{ ...spec, pid: 1 }, 'job.pid'],
    [{ ...spec, stdio: ['fifo'] }, 'job.stdio[0]'],
    [{ ...spec, network: { address: 'here' } }, 'job.network'],
    [{ ...spec, rlimits: [{ resource: 7, soft: '-1', hard: '1' }] }, 'job.rlimits[0].soft'],
  ];
  for (const [value, where] of bad) {
    const error = t.throws(() => decodeJobSpec(clone(value), 'job'), { code: 'PLUMP_PROTOCOL' });
    t.true(error?.message.includes(where), `${error?.message} names ${where}`);
  }
  for (const value of [null, 3, 'job', []]) t.throws(() => decodeJobSpec(value, 'job'), { code: 'PLUMP_PROTOCOL' });
});

test('guests, reservations and records of dumps are decoded as strictly', (t) => {
  const ref = { home: 'fd12:1::7', id: '0badcafe', generation: 3 };
  t.deepEqual(decodeGuestRef(clone(ref), 'ref'), ref);
  for (const patch of [
    { home: '10.0.0.1' },
    { id: '../../etc' },
    { id: '0BADCAFE' },
    { generation: 0 },
    { generation: 1.5 },
  ])
    t.throws(() => decodeGuestRef({ ...ref, ...patch }, 'ref'), { code: 'PLUMP_PROTOCOL' });
  const route: RouteTarget = { member: ref.home };
  t.is(decodeGuestRef(ref, 'ref').home, route.member);
  const want = { token: 'a'.repeat(32), uid: 1000, memoryBytes: 1, imageBytes: 0, cpuFlags: ['sse2'] };
  t.deepEqual(decodeReservation(clone(want), 'want'), want);
  t.throws(() => decodeReservation({ ...want, token: 'A'.repeat(32) }, 'want'), { code: 'PLUMP_PROTOCOL' });
  const lock = { inside: 5, fd: 3, kind: 'fcntl', mode: 'write', start: 0, end: -1, file: '8:1:42' };
  const quiet = { stopped: [5], locks: [lock] };
  t.deepEqual(decodeQuietRecord(clone(quiet), 'quiet'), quiet as never);
  const nfs = { port: 22_000, root: '/1000', identifier: 'x-u1000' };
  t.deepEqual(decodeNfsAccess(clone(nfs), 'nfs'), nfs);
  const dump = { quiet, bytes: 9, frozenMs: 1.5, tasks: [{ pid: 5, name: 'awk', stopped: false, files: ['/x'] }] };
  t.deepEqual(decodeDumpRecord(clone(dump), 'dump'), dump as never);
  const usage = { tasks: 2, memoryBytes: 1, imageBytes: 1, cpuMs: 1, waitedMs: 1 };
  const view = { ref, uid: 1000, state: 'running', command: 'awk', ...usage };
  t.deepEqual(decodeGuestView(clone(view), 'view'), view as never);
  t.throws(() => decodeGuestView({ ...view, state: 'asleep' }, 'view'), { code: 'PLUMP_PROTOCOL' });
  t.deepEqual(decodeReasons(['cantmove: io_uring'], 'reasons'), ['cantmove: io_uring']);
  t.deepEqual(decodeStarted({ exec: 2, text: 'No such file' }, 'started'), { exec: 2, text: 'No such file' });
});
