import test from 'ava';
import { parsePackageList } from '#builder/formats/package-list.ts';

const sum = 'ab'.repeat(32);

test('both line forms, pins, replace, comments and blank lines; order is line order', (t) => {
  const list = `# add-ons\n\n/cdrom/packages/openssl.tar.gz\r\ncdrom:sub/vim.tar.xz sha256:${sum.toUpperCase()} replace # why\n  cdrom:z.tzst replace\n`;
  t.deepEqual(parsePackageList(list, 'packages/list'), [
    { file: 'openssl.tar.gz', replace: false, line: 3 },
    { file: 'sub/vim.tar.xz', replace: true, line: 4, sha256: sum },
    { file: 'z.tzst', replace: true, line: 5 },
  ]);
  t.deepEqual(parsePackageList('', 'packages/list'), []);
});

test('a wrong line is told by list and number', (t) => {
  const wrong = (line: string, message: RegExp) =>
    t.throws(() => parsePackageList(`# one\n${line}\n`, 'packages/list'), { code: 'PLUMP_PACKAGE', message }, line);
  wrong('openssl.tar.gz', /^packages\/list:2: 'openssl.tar.gz' is not understood/);
  wrong('/usr/packages/a.tar.gz', /is not understood/);
  wrong('cdrom:../a.tar.gz', /leaves the packages folder/);
  wrong('cdrom:/etc/a.tar.gz', /leaves the packages folder/);
  wrong('cdrom:a.zip', /a.zip is not a tarball/);
  wrong('cdrom:a.tar.gz sha256:12', /'sha256:12' is not understood/);
  wrong('cdrom:a.tar.gz overwrite', /'overwrite' is not understood/);
  wrong('cdrom:a.tar.gz replace replace', /'replace' is not understood/);
  t.throws(() => parsePackageList('cdrom:a.tgz\ncdrom:b.tgz\ncdrom:a.tgz', 'l'), {
    message: 'l:3: a.tgz is listed already in line 1',
  });
});
