import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { namesBelow } from '#builder/steps/manifest-files.ts';

test('the manifest passes over no file of the medium because it is hidden', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of ['.disk/info', 'plumpos/id', '.top']) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), '');
  }
  t.deepEqual(namesBelow(folder).toSorted(), ['.disk/info', '.top', 'plumpos/id']);
});
