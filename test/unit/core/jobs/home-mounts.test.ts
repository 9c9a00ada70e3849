import test from 'ava';
import { checksFolders, chooseMounts, passableMounts, touchedMounts } from '#runtime/core/jobs/home-mounts.ts';
import { parseMounts } from '#runtime/system/mount-table.ts';

const MOUNTINFO = String.raw`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 0:22 / /sys rw,nosuid - sysfs sysfs rw
25 22 0:5 / /dev rw,nosuid - devtmpfs udev rw
26 25 0:23 / /dev/pts rw - devpts devpts rw
27 22 0:24 / /run rw,nosuid - tmpfs tmpfs rw
28 27 0:40 / /run/user/1000 rw - tmpfs tmpfs rw
29 22 0:30 / /tmp rw,nosuid,nodev shared:3 - tmpfs tmpfs rw
30 22 8:17 / /home rw,relatime shared:4 - ext4 /dev/sdb1 rw
31 30 0:41 / /home/alice/secret rw - fuse.encfs encfs rw
32 22 8:33 / /media/my\040disk ro,noexec - vfat /dev/sdc1 ro
33 22 0:50 / /srv rw - nfs4 server:/ rw
34 22 0:51 / /misc rw - autofs auto rw`;

test('every real mount of a PC is followed, parents first; a second disk and a tmpfs too', (t) => {
  const { followed } = chooseMounts(parseMounts(MOUNTINFO), () => true);
  t.deepEqual(
    followed.map((one) => one.path),
    ['/', '/home', '/media/my disk', '/tmp'],
  );
  t.like(followed[2], { readOnly: true, noexec: true });
  t.is(new Set(followed.map((one) => one.fsid)).size, 4);
});

test("what NFS cannot serve is named with its reason, and what is the machine's own; what jobs have themselves is not", (t) => {
  const { unfollowed } = chooseMounts(parseMounts(MOUNTINFO), () => true);
  t.deepEqual(unfollowed, [
    { path: '/home/alice/secret', reason: 'fuse.encfs cannot be served by NFS' },
    { path: '/misc', reason: 'autofs cannot be served by NFS' },
    { path: '/run', reason: "it is this machine's own" },
    { path: '/run/user/1000', reason: "it is this machine's own" },
    { path: '/srv', reason: 'nfs4 cannot be served by NFS' },
  ]);
});

test('a mount over another hides it and all below it', (t) => {
  const over = `${MOUNTINFO}\n40 22 0:60 / /home rw - tmpfs tmpfs rw`;
  const { followed, unfollowed } = chooseMounts(parseMounts(over), () => true);
  t.is(followed.filter((one) => one.path === '/home').length, 1);
  t.false(unfollowed.some((one) => one.path === '/home/alice/secret'));
});

test('an overlay can be served when it was mounted for it, without the check of folders', (t) => {
  const root = (options: string) => parseMounts(`1 0 0:2 / / rw - overlay overlay rw,lowerdir=/l${options}`);
  t.is(chooseMounts(root(',nfs_export=on'), () => true).followed.length, 1);
  t.regex(chooseMounts(root(''), () => true).unfollowed[0]?.reason ?? '', /nfs_export/);
  t.false(checksFolders({ type: 'overlay' }));
  t.true(checksFolders({ type: 'ext4' }));
});

test('a file system without file handles stays at home, whatever its type', (t) => {
  const squash = `${MOUNTINFO}\n40 22 0:60 / /opt/app ro - squashfs /dev/loop0 ro`;
  const { followed, unfollowed } = chooseMounts(parseMounts(squash), (path) => path !== '/opt/app');
  t.false(followed.some((one) => one.path === '/opt/app'));
  t.regex(unfollowed.find((one) => one.path === '/opt/app')?.reason ?? '', /squashfs has no file handles/);
});

test('what is mounted below a mount that cannot be followed stays with it: elsewhere there is no place for it', (t) => {
  const below = `${MOUNTINFO}\n40 33 8:49 / /srv/disk rw - ext4 /dev/sdd1 rw`;
  const { followed, unfollowed } = chooseMounts(parseMounts(below), () => true);
  t.false(followed.some((one) => one.path === '/srv/disk'));
  t.deepEqual(unfollowed.at(-1), { path: '/srv/disk', reason: 'nfs4 cannot be served by NFS' });
  const root = '1 0 0:2 / / rw - overlay overlay rw\n2 1 0:3 / /tmp rw - tmpfs tmpfs rw';
  t.deepEqual(chooseMounts(parseMounts(root), () => true).followed, [], 'with the root everything');
});

test('a mount behind a folder that is closed to her is not in her jobs, nor what is below it', (t) => {
  const { followed } = chooseMounts(parseMounts(`${MOUNTINFO}\n40 30 0:60 / /home/bob rw - tmpfs t rw`), () => true);
  const paths = followed.map((one) => one.path);
  t.deepEqual(paths, ['/', '/home', '/home/bob', '/media/my disk', '/tmp']);
  const hers = passableMounts(followed, (index) => index === paths.indexOf('/home'));
  t.deepEqual(
    hers.map((one) => one.path),
    ['/', '/media/my disk', '/tmp'],
  );
  t.is(hers.at(-1)?.fsid, 4, 'the others keep their numbers');
});

test('of what a program stands on, the very mount is named, once', (t) => {
  const { unfollowed } = chooseMounts(parseMounts(MOUNTINFO), () => true);
  const touched = (...paths: string[]) => touchedMounts(unfollowed, paths).map((one) => one.path);
  t.deepEqual(touched('/home/alice', '/srvx', '/usr/bin/awk'), []);
  t.deepEqual(touched('/srv/bin/tool', '/srv'), ['/srv']);
  t.deepEqual(touched('/run/user/1000/doc', '/home/alice/secret/x'), ['/run/user/1000', '/home/alice/secret']);
});
