import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { removeFolder } from '#runtime/system/head/remove-folder.ts';
import { bindMount } from '#runtime/system/mounts.ts';

test('leaving deletes nothing through a mount that a killed agent left', (t) => {
  const room = mkdtempSync(path.join(tmpdir(), 'plumpos-leave-'));
  t.teardown(() => rmSync(room, { recursive: true, force: true }));
  const [kept, ours] = [path.join(room, 'root'), path.join(room, 'run')];
  mkdirSync(kept);
  writeFileSync(path.join(kept, 'precious'), 'yes');
  mkdirSync(path.join(ours, 'export/1000'), { recursive: true });
  bindMount(kept, path.join(ours, 'export/1000'), 0);
  removeFolder(ours);
  t.false(existsSync(ours));
  t.true(existsSync(path.join(kept, 'precious')));
});
