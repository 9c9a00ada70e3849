import { gzipSync, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import { type Entry, makeTar } from '../helpers/tarballs.ts';
import { refuses, Workplace } from '../helpers/workplace.ts';

const place = new Workplace();
test.after.always(() => place[Symbol.dispose]());

/** A tarball with these entries, as a file of packages/. */
async function tarball(name: string, entries: readonly Entry[]): Promise<void> {
  place.write(`packages/${name}`, gzipSync(await makeTar(entries)));
}

/** The list with these lines must be refused in these words. */
async function refused(t: Parameters<typeof refuses>[0], lines: readonly string[], message: RegExp): Promise<void> {
  place.write('packages/list', `# mine\n\n${lines.join('\n')}\n`);
  await refuses(t, place, (at) => at.run('build'), { status: 78, code: 'PLUMP_PACKAGE', message });
}

const file = (name: string): Entry => ({ name, text: 'content' });

test.serial('a line that names a missing tarball, another form, or other bytes than it pins', async (t) => {
  await refused(t, ['cdrom:gone.tar.gz'], /packages\/list:3: there is no \S*\/packages\/gone\.tar\.gz/);
  await refused(t, ['openssl.tar.gz'], /packages\/list:3: 'openssl\.tar\.gz' is not understood/);
  await refused(t, ['cdrom:../x.tar.gz'], /packages\/list:3: '\.\.\/x\.tar\.gz' leaves the packages folder/);
  await tarball('good.tar.gz', [file('opt/a')]);
  await refused(
    t,
    [`cdrom:good.tar.gz sha256:${'0'.repeat(64)}`],
    /packages\/list:3: good\.tar\.gz has sha256 [0-9a-f]{64}, not/,
  );
  await refused(t, ['cdrom:good.tar.gz twice'], /packages\/list:3: 'twice' is not understood/);
});

/** A tarball that must not be laid over anything, and why. */
const EVIL: readonly (readonly [string, readonly Entry[], RegExp])[] = [
  ['climbs out', [file('../etc/passwd')], /evil\.tar\.gz: \.\.\/etc\/passwd climbs out of the root/],
  ['is absolute', [file('/etc/passwd')], /evil\.tar\.gz: \/etc\/passwd is an absolute path/],
  [
    'goes through a link of its own',
    [{ name: 'opt/way', type: 'symlink', linkname: '/etc' }, file('opt/way/passwd')],
    /evil\.tar\.gz: opt\/way\/passwd passes through the link opt\/way/,
  ],
  [
    'goes through a link of the base',
    [file('bin/sh2')],
    /evil\.tar\.gz: bin\/sh2 passes through the link bin of the base/,
  ],
  [
    'has a device',
    [{ name: 'dev/sda', type: 'block-device', devmajor: 8, devminor: 0 }],
    /evil\.tar\.gz: dev\/sda is a block-device/,
  ],
  ["takes the base's file", [file('usr/bin/plumpos')], /usr\/bin\/plumpos is owned by the base system already/],
];

for (const [what, entries, message] of EVIL) {
  test.serial(`a tarball that ${what}`, async (t) => {
    await tarball('evil.tar.gz', entries);
    await refused(t, ['/cdrom/packages/evil.tar.gz'], message);
  });
}

test.serial('two tarballs with one path, of either list', async (t) => {
  await tarball('one.tar.gz', [file('opt/a'), file('opt/same')]);
  place.write('rootdisk/packages/two.tar.zst', zstdCompressSync(await makeTar([file('opt/b'), file('opt/same')])));
  place.write('rootdisk/packages/list', '/cdrom/packages/two.tar.zst\n');
  await refused(
    t,
    ['cdrom:one.tar.gz'],
    /rootdisk\/packages\/list:1: two\.tar\.zst: opt\/same is owned by packages\/list:3: one\.tar\.gz already[^]*'replace'/,
  );
  place.write('rootdisk/packages/list', '');
});

test.serial('a tarball that is cut short, damaged, or packed otherwise than its name says', async (t) => {
  const random = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255));
  const tar = await makeTar([{ name: 'opt/big', text: random.toString('base64') }]);
  const packed = gzipSync(tar);
  place.write('packages/short.tar.gz', packed.subarray(0, packed.length - 5000));
  place.write('packages/text.tar.xz', 'not packed at all');
  place.write('packages/other.tar.zst', packed);
  for (const name of ['short.tar.gz', 'text.tar.xz', 'other.tar.zst'])
    await refused(t, [`cdrom:${name}`], new RegExp(`packages/list:3: ${name} is damaged or not a tarball`));
});
