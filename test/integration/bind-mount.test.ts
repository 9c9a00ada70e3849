import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readMounts } from '#runtime/system/mount-table.ts';
import { bindMount, mount, unmount } from '#runtime/system/mounts.ts';

/** Of mount(2): as systemd makes everything. */
const SHARED = 1 << 20;

test("what is exported is not mounted over home's own folders, where mounts are shared as systemd has them", (t) => {
  const room = mkdtempSync(path.join(tmpdir(), 'plumpos-bind-'));
  const [root, tree] = [path.join(room, 'root'), path.join(room, 'tree')];
  const mounted = (at: string) => readMounts().filter((one) => one.path === at).length;
  t.teardown(() => {
    for (const at of [`${tree}/home`, tree, `${root}/home`, root]) while (mounted(at) > 0) unmount(at);
    rmSync(room, { recursive: true });
  });
  for (const folder of [root, tree]) mkdirSync(folder);
  mount({ source: 'none', target: root, type: 'tmpfs' });
  mount({ source: 'none', target: root, flags: SHARED });
  mkdirSync(`${root}/home`);
  mount({ source: 'none', target: `${root}/home`, type: 'tmpfs' });
  bindMount(root, tree, 0);
  bindMount(`${root}/home`, `${tree}/home`, 0);
  t.is(mounted(`${tree}/home`), 1);
  t.is(mounted(`${root}/home`), 1);
});
