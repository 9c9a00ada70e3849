import test from 'ava';
import {
  dumpExternals,
  launchMounts,
  mountRecord,
  restoreExternals,
  restoreMounts,
} from '#runtime/core/jobs/job-mounts.ts';
import { guestPaths } from '#runtime/model/guest-paths.ts';
import { jobSpec } from '../../../helpers/job-spec.ts';

const paths = guestPaths({ id: '0a1b2c3d', generation: 2 });
const ends = { home: 'fd00::1', self: 'fd00::2' };
const nfs = { port: 20_001, root: '/3', identifier: 'secret' };
const mounts = [
  { path: '/', readOnly: false, noexec: false, fsid: 0 },
  { path: '/home', readOnly: false, noexec: false, fsid: 1 },
  { path: '/media/my disk', readOnly: true, noexec: true, fsid: 2 },
];

test("away, home's mounts come by NFS, at home as binds; nothing on them gives rights or devices", (t) => {
  const away = launchMounts(jobSpec({ mounts, nfs }), paths, ends);
  const home = launchMounts(jobSpec({ mounts }), paths, ends);
  t.deepEqual(
    away.slice(0, 3).map((one) => `${one.kind} ${one.source} ${one.target}`),
    ['nfs4 [fd00::1]:/3 /', 'nfs4 [fd00::1]:/3/home /home', 'nfs4 [fd00::1]:/3/media/my disk /media/my disk'],
  );
  t.regex(away[0]?.data ?? '', /^port=20001,.*hard.*addr=fd00::1,clientaddr=fd00::2$/);
  t.deepEqual(
    home.slice(0, 3).map((one) => `${one.kind} ${one.source} ${one.target}`),
    ['bind / /', 'bind /home /home', 'bind /media/my disk /media/my disk'],
  );
  for (const one of [...away, ...home])
    if (!['mask', 'devpts'].includes(one.kind)) {
      t.true(one.flags.includes('nosuid'), one.target);
      t.true(one.flags.includes('nodev') || one.target === '/dev', one.target);
    }
});

test('what never leaves home has everything that is mounted there, as it is', (t) => {
  const made = launchMounts(jobSpec({ mounts, stays: true }), paths, ends);
  t.deepEqual(made[0], { kind: 'tree', source: '/', target: '/', flags: ['nosuid', 'nodev'] });
  t.deepEqual(
    made.slice(1, 5).map((one) => `${one.kind} ${one.target}`),
    ['detach /proc', 'detach /sys', 'detach /dev', 'proc /proc'],
    'its own follow, as everywhere',
  );
});

test('the command line with the cluster secret, and what writes to the machine, are masked; /sys and /proc/sys read only', (t) => {
  const made = launchMounts(jobSpec({ mounts, nfs }), paths, ends);
  const masked = made.filter((one) => one.kind === 'mask').map((one) => one.target);
  for (const one of ['/proc/cmdline', '/proc/kcore', '/proc/sysrq-trigger']) t.true(masked.includes(one), one);
  for (const target of ['/sys', '/proc/sys'])
    t.true(made.find((one) => one.target === target)?.flags.includes('ro'), target);
});

test('a mount is one line for the shim', (t) => {
  const [root] = launchMounts(jobSpec({ mounts }), paths, ends);
  t.is(root && mountRecord(root), 'bind\t/\t/\tnosuid,nodev\t');
});

test('what is external at the dump is external at the restore, in the place the restore mounted it', (t) => {
  const spec = jobSpec({ mounts, nfs });
  const name = (one: string) => /^mnt\[(.*)\]:(.*)$/.exec(one)?.slice(1) ?? [];
  const left = dumpExternals(spec).map(name);
  const came = restoreExternals(spec, paths).map(name);
  t.deepEqual(
    left.map(([, key]) => key),
    came.map(([key]) => key),
  );
  t.deepEqual(
    left.map(([path]) => path),
    ['/dev', '/home', '/media/my disk'],
  );
  const targets = restoreMounts(spec, nfs, ends).map((one) => `${paths.folder}${one.target}`);
  t.deepEqual(targets, [paths.root, ...came.slice(1).map(([, at]) => at)]);
});
