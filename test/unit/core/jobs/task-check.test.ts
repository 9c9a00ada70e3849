import test from 'ava';
import { checkRestored, type Expected, type RestoredMount, type RestoredTask } from '#runtime/core/jobs/task-check.ts';
import { jobSpec } from '../../../helpers/job-spec.ts';

const host = { net: 'net:[1]', mnt: 'mnt:[1]', pid: 'pid:[1]', ipc: 'ipc:[1]', uts: 'uts:[1]', user: 'user:[1]' };
const inside = { ...host, net: 'net:[2]', mnt: 'mnt:[2]', pid: 'pid:[2]', ipc: 'ipc:[2]', uts: 'uts:[2]' };
const files = ['/', '/home/alice', '/home/alice/log', '/usr/bin/awk'];
const expected: Expected = {
  spec: jobSpec(),
  dump: {
    quiet: { stopped: [], locks: [] },
    bytes: 1,
    frozenMs: 1,
    tasks: [{ pid: 4711, name: 'awk', stopped: false, files: [...files, '/tmp/gone (deleted)'] }],
  },
  net: 'net:[2]',
  host,
  mounts: [
    { path: '/', type: 'nfs4' },
    { path: '/sys', type: 'sysfs' },
    { path: '/proc/kcore', type: 'tmpfs' },
    { path: '/proc/keys', type: 'tmpfs', optional: true },
  ],
};
const task: RestoredTask = {
  pid: 4711,
  name: 'awk',
  state: 'T',
  uids: [1000, 1000, 1000, 1000],
  gids: [1000, 1000, 1000, 1000],
  groups: [44, 1000],
  noNewPrivileges: true,
  capabilities: ['0000000000000000'],
  files,
  namespaces: inside,
};
const mounts: RestoredMount[] = [
  { path: '/', type: 'nfs4', options: ['rw', 'nosuid', 'nodev'] },
  { path: '/sys', type: 'sysfs', options: ['ro', 'nosuid', 'nodev'] },
  { path: '/proc/kcore', type: 'tmpfs', options: ['rw', 'nosuid'] },
];

test('a job that came as it left may run, with files that lost their name meanwhile', (t) => {
  t.deepEqual(checkRestored([task], mounts, expected), []);
  const silly = [...files, '/home/alice/.nfs00001', '/tmp/x.cr.1.ghost (deleted)', '/tmp/gone'];
  t.deepEqual(checkRestored([{ ...task, files: silly }], mounts, expected), []);
});

test('a forged image is found out, whatever of it is forged', (t) => {
  const forged: [Partial<RestoredTask>, RegExp][] = [
    [{ uids: [0, 0, 0, 0] }, /has uid 0/],
    [{ uids: [1000, 0, 1000, 1000] }, /has uid/],
    [{ gids: [42, 42, 42, 42] }, /has gid 42/],
    [{ groups: [44, 1000, 6] }, /has groups/],
    [{ noNewPrivileges: false }, /may gain privileges/],
    [{ capabilities: ['0000000000000000', '000001ffffffffff'] }, /has capabilities/],
    [{ files: [...files, '/etc/shadow'] }, /holds \/etc\/shadow/],
    [{ files: [...files, '/proc/sysrq-trigger'] }, /holds \/proc\/sysrq-trigger/],
    [{ state: 'R' }, /not stopped/],
    [{ name: 'sh' }, /is called 'sh'/],
    [{ namespaces: { ...inside, net: 'net:[1]' } }, /another network/],
    [{ namespaces: { ...inside, pid: host.pid } }, /host's pid namespace/],
    [{ namespaces: { ...inside, user: 'user:[9]' } }, /user namespace/],
    [{ pid: 4712 }, /task 4712 did not leave/],
  ];
  for (const [change, complaint] of forged)
    t.regex(checkRestored([{ ...task, ...change }], mounts, expected).join(), complaint);
  t.regex(checkRestored([], mounts, expected).join(), /task 4711 is missing/);
});

test('mounts that came along, are missing, or give rights are found out', (t) => {
  const check = (changed: readonly RestoredMount[]) => checkRestored([task], changed, expected).join();
  t.regex(check([...mounts, { path: '/mnt', type: 'devtmpfs', options: ['nosuid', 'nodev'] }]), /was not mounted/);
  t.regex(check(mounts.slice(0, 2)), /kcore .* is not mounted any more/);
  t.regex(check([{ ...mounts[0]!, options: ['rw', 'nodev'] }, ...mounts.slice(1)]), /gives rights or devices/);
  t.regex(check([{ ...mounts[0]!, options: ['rw', 'nosuid'] }, ...mounts.slice(1)]), /gives rights or devices/);
  t.regex(check([mounts[0]!, { ...mounts[1]!, options: ['nosuid', 'nodev'] }, mounts[2]!]), /can be written/);
  t.is(check([...mounts, { path: '/proc/keys', type: 'tmpfs', options: ['nosuid'] }]), '');
});
