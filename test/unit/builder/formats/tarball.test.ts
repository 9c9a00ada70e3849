import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import test from 'ava';
import { writeCpio } from '#builder/formats/cpio.ts';
import type { TarEntry } from '#builder/formats/tar-entry.ts';
import { TarWriter } from '#builder/formats/tar-writer.ts';
import { readTar } from '#builder/formats/tarball.ts';
import { type Entry, makeTar } from '../../../helpers/tarballs.ts';

async function read(tar: Buffer): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const { entry } of readTar(Readable.from([tar], { objectMode: false }), 'packages/list:1: a.tar.gz'))
    entries.push(entry);
  return entries;
}

test('files, folders and links of a tarball are read; its root folder is not an entry', async (t) => {
  const entries = await read(
    await makeTar([
      { name: './', type: 'directory', mode: 0o700 },
      { name: './usr/bin/tool', text: 'hello', mode: 0o4755, uid: 3, gid: 4 },
      { name: 'usr/bin/link', type: 'symlink', linkname: '../../etc/x' },
      { name: 'usr/bin/hard', type: 'link', linkname: './usr/bin/tool' },
    ]),
  );
  t.deepEqual(
    entries.map(({ path, kind, mode, uid, target }) => [path, kind, mode, uid, target]),
    [
      ['usr/bin/tool', 'file', 0o4755, 3, undefined],
      ['usr/bin/link', 'link', 0o644, 0, '../../etc/x'],
      ['usr/bin/hard', 'hardlink', 0o644, 0, 'usr/bin/tool'],
    ],
  );
});

test('a tarball that climbs out, is absolute, holds a device, or is damaged is refused by file and line', async (t) => {
  const refused = async (entry: Entry, message: RegExp) =>
    await t.throwsAsync(read(await makeTar([entry])), { code: 'PLUMP_PACKAGE', message });
  await refused({ name: '../etc/passwd', text: 'x' }, /^packages\/list:1: a.tar.gz: \.\.\/etc\/passwd climbs out/);
  await refused({ name: 'usr/../../x', text: 'x' }, /climbs out/);
  await refused({ name: '/etc/passwd', text: 'x' }, /absolute path/);
  await refused({ name: 'x', type: 'link', linkname: '/etc/passwd' }, /absolute path/);
  await refused({ name: 'dev/sda', type: 'block-device' }, /block-device/);
  await refused({ name: 'dev/tty', type: 'character-device' }, /character-device/);
  await refused({ name: 'run/pipe', type: 'fifo' }, /fifo/);
  const whole = await makeTar([{ name: 'big', text: 'x'.repeat(5000) }]);
  await t.throwsAsync(read(whole.subarray(0, 3000)), { code: 'PLUMP_PACKAGE', message: /damaged/ });
  await t.throwsAsync(read(Buffer.from('no tarball'.repeat(100))), { code: 'PLUMP_PACKAGE', message: /damaged/ });
});

test('what is written is read back', async (t) => {
  const tar = new TarWriter();
  const bytes = buffer(tar.stream);
  tar.parents('usr/bin/x', () => ({ mode: 0o755, mtime: 7 }));
  await tar.file('usr/bin/x', { mode: 0o644, mtime: 7 }, 3, Readable.from([Buffer.from('abc')], { objectMode: false }));
  tar.link('usr/bin/y', 'link', 'x', { mode: 0o777, mtime: 7 });
  tar.end();
  const found: string[] = [];
  for await (const { entry, content } of readTar(Readable.from([await bytes], { objectMode: false }), 'x'))
    found.push(`${entry.kind} ${entry.path} ${entry.kind === 'file' ? await text(content()) : (entry.target ?? '')}`);
  t.deepEqual(found, ['folder usr ', 'folder usr/bin ', 'file usr/bin/x abc', 'link usr/bin/y x']);
});

test('an archive for the kernel is sorted, has parents before children, and is the same each time', (t) => {
  const file = (path: string) => ({ path, kind: 'file' as const, data: Buffer.from(path) });
  const one = writeCpio([file('b/c/d'), file('a'), { path: 'dev/console', kind: 'device', major: 5, minor: 1 }], 1);
  const two = writeCpio([{ path: 'dev/console', kind: 'device', major: 5, minor: 1 }, file('a'), file('b/c/d')], 1);
  t.deepEqual(one, two);
  const names = [...one.toString('latin1').matchAll(/070701[0-9a-f]{104}([^\0]+)\0/g)].map((found) => found[1]);
  t.deepEqual(names, ['a', 'b', 'b/c', 'b/c/d', 'dev', 'dev/console', 'TRAILER!!!']);
  t.is(one.length % 4, 0);
  t.throws(() => writeCpio([file('a'), file('a')], 1), { code: 'PLUMP_INPUT' });
});
