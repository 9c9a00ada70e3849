import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { refuseForeignOutput } from '#builder/host/own-output.ts';

/** An output folder with these files, by content. */
function folderWith(t: { teardown(fn: () => void): void }, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

const SUMS = '0123  pxe/grub/grub.cfg\n4567  plumpos.iso\n';
const OURS = { 'plumpos.iso': '', 'pxe/grub/grub.cfg': '', SHA256SUMS: SUMS, 'build.log': '' };

test('a folder of before, an empty one, a missing one and one with other files are written to', (t) => {
  t.notThrows(() => refuseForeignOutput(folderWith(t, {}), true));
  t.notThrows(() => refuseForeignOutput('/nowhere/at/all', true));
  t.notThrows(() => refuseForeignOutput(folderWith(t, { 'sources/mine.c': '', 'README.md': '' }), false));
  t.notThrows(() => refuseForeignOutput(folderWith(t, OURS), false));
  t.notThrows(() => refuseForeignOutput(folderWith(t, { ...OURS, 'sources/list': 'bash 5.2  (bash)\n' }), true));
});

test('what a build that was killed left half in place is replaced', (t) => {
  const { SHA256SUMS, ...rest } = OURS;
  t.notThrows(() => refuseForeignOutput(folderWith(t, { ...rest, '.new-Ab12/SHA256SUMS': SHA256SUMS }), false));
});

test('a build replaces no file or folder that no build put there', (t) => {
  const refused = (files: Readonly<Record<string, string>>, name: string, sources = false) => {
    const error = t.throws(() => refuseForeignOutput(folderWith(t, files), sources), { code: 'PLUMP_INPUT' });
    t.true(error?.message.includes(`/${name} was not made by a build`), error?.message);
  };
  refused({ 'pxe/pxelinux.0': '' }, 'pxe/pxelinux.0');
  refused({ 'pxe/.hidden': '' }, 'pxe/.hidden');
  refused({ ...OURS, 'pxe/notes': '' }, 'pxe/notes');
  refused({ 'manifest.json': '{}' }, 'manifest.json');
  refused({ SHA256SUMS: '0123  debian.iso\n' }, 'SHA256SUMS');
  refused({ 'build.log': '' }, 'build.log');
  refused({ 'sources/main.c': '' }, 'sources', true);
  refused({ ...OURS, 'sources/list': 'eggs\n' }, 'sources', true);
});
