import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import {
  headLinks,
  makeLinks,
  missingFolders,
  removeEmptyFolders,
  removeLinks,
} from '#runtime/system/head/head-links.ts';

const TARGETS = {
  program: '/tree/bin/plumpos',
  completion: '/tree/share/completion.bash',
  manPage: '/tree/share/plumpos.1',
};

test('links of a head take no name from its owner, and are gone without a trace', (t) => {
  const local = mkdtempSync(path.join(tmpdir(), 'plumpos-links-'));
  t.teardown(() => rmSync(local, { recursive: true }));
  const at = (name: string) => path.join(local, name);
  for (const folder of ['bin', 'other', 'share']) mkdirSync(at(folder));
  writeFileSync(at('bin/mps'), 'mine');
  writeFileSync(at('other/migrate'), 'mine');

  const links = headLinks(['plumpos', 'mps', 'migrate', 'runon'], TARGETS, local, `${at('other')}:${at('bin')}:`);
  const folders = missingFolders(links.map((link) => link.at));
  makeLinks(links);
  t.deepEqual(readdirSync(at('bin')).toSorted(), ['mps', 'plumpos', 'runon']);
  t.deepEqual(readdirSync(at('share/bash-completion/completions')).toSorted(), ['plumpos', 'runon']);
  t.is(readlinkSync(at('share/man/man1/plumpos.1')), TARGETS.manPage);

  rmSync(at('bin/runon'));
  symlinkSync('/elsewhere/runon', at('bin/runon'));
  writeFileSync(at('share/man/other.1'), 'of another program, meanwhile');
  removeLinks(
    links.map((link) => link.at),
    '/tree',
  );
  removeEmptyFolders(folders);
  t.deepEqual(readdirSync(at('bin')).toSorted(), ['mps', 'runon']);
  t.false(existsSync(at('share/bash-completion')));
  t.deepEqual(readdirSync(at('share/man')), ['other.1']);
});
