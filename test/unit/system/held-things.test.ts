import test from 'ava';
import { parseMaps, readHeldThings } from '#runtime/system/held-things.ts';
import { parseUnixSockets } from '#runtime/system/unix-peers.ts';

const MAPS = String.raw`55d0c0a00000-55d0c0a02000 r--p 00000000 08:01 131 /usr/bin/cat
55d0c0a02000-55d0c0a06000 r-xp 00002000 08:01 131 /usr/bin/cat
55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0   [heap]
7f0000000000-7f0000001000 rw-s 00000000 00:2a 77  /home/alice/my file
7f0000001000-7f0000002000 r--s 00000000 00:2a 77  /home/alice/my file
7f0000003000-7f0000004000 rw-p 00000000 00:2a 78  /home/alice/private
7f0000004000-7f0000005000 rw-s 00000000 00:01 9   /dev/zero (deleted)
7f0000005000-7f0000006000 rw-s 00000000 00:0f 12  anon_inode:[io_uring]
7f0000006000-7f0000007000 r--p 00000000 08:01 80  /tmp/two\012lines
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0   [stack]
`;

test('mapped files are read once each, with the rights they would be opened with', (t) => {
  t.deepEqual(
    parseMaps(MAPS).map(({ target, modes }) => [target, modes]),
    [
      ['/usr/bin/cat', 'r'],
      ['/home/alice/my file', 'rw'],
      ['/home/alice/private', 'r'],
      ['/dev/zero (deleted)', 'rw'],
      ['anon_inode:[io_uring]', 'rw'],
      ['/tmp/two\nlines', 'r'],
    ],
  );
  t.deepEqual(parseMaps(''), []);
});

const SOCKETS = `u_str ESTAB  0      0                                      * 129     * 128
u_str LISTEN 0      511    /tmp/my jobs/run.sock 2437221 * 0
u_dgr UNCONN 0      0      @hidden 31 * 0
u_str ESTAB  0      19968  /tmp/.X11-unix/X0 41 /tmp/other 42
`;

test('unix sockets are read with their names and other ends', (t) => {
  t.deepEqual(parseUnixSockets(SOCKETS), [
    { inode: 129, name: '', peer: 128 },
    { inode: 2_437_221, name: '/tmp/my jobs/run.sock', peer: 0 },
    { inode: 31, name: '@hidden', peer: 0 },
    { inode: 41, name: '/tmp/.X11-unix/X0', peer: 42 },
  ]);
});

test('a process that has ended holds nothing', async (t) => {
  t.deepEqual(await readHeldThings(2 ** 22 + 1), []);
});
