import test from 'ava';
import { addressLine, allowLines, domainOf, pseudoRootLines, refuseLines } from '#runtime/system/nfsd/rpc-caches.ts';

const folder = { path: '/run/x/3/my disk', fsid: 770, uid: 1000, gid: 100, readOnly: false, subtreeCheck: true };

test('a member is allowed a folder as one user, root squashed to her, folders checked', (t) => {
  const lines = allowLines('fd00::2', folder).map((one) => `${one.cache}: ${one.line}`);
  t.deepEqual(lines, [
    String.raw`nfsd.export: mfd00..2 /run/x/3/my\040disk 2147483647 8710 1000 100 770`,
    String.raw`nfsd.fh: mfd00..2 1 \x02030000 2147483647 /run/x/3/my\040disk`,
  ]);
});

test('read-only folders, and those whose file system cannot be checked, have their flags', (t) => {
  const flags = (change: object) => Number(allowLines('fd00::2', { ...folder, ...change })[0]?.line.split(' ')[3]);
  t.is(flags({ readOnly: true }), 8711);
  t.is(flags({ subtreeCheck: false }), 9734);
});

test('a refused folder leaves lines without rights for the same keys', (t) => {
  const [exported, handle] = refuseLines('fd00::2', folder).map((one) => one.line);
  t.is(exported, String.raw`mfd00..2 /run/x/3/my\040disk 2147483647`);
  t.is(handle, String.raw`mfd00..2 1 \x02030000 2147483647`);
});

test('an address belongs to one domain, which sees the pseudo root read-only as nobody', (t) => {
  t.is(addressLine('fd00::2').line, `nfsd fd00::2 2147483647 ${domainOf('fd00::2')}`);
  t.is(pseudoRootLines('fd00::2', '/run/x')[0]?.line, 'mfd00..2 /run/x 2147483647 74763 65534 65534 0');
});
