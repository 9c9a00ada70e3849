import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { closeHpcMount, openHpcMount } from '#runtime/system/hpc-mount.ts';
import { readMounts } from '#runtime/system/mount-table.ts';

test('the folder of the old files is a small file system that goes without a trace, also after an agent that was killed', (t) => {
  const room = mkdtempSync(path.join(tmpdir(), 'plumpos-hpc-'));
  t.teardown(() => rmSync(room, { recursive: true, force: true }));
  const folder = path.join(room, 'hpc');
  const mounts = () => readMounts().filter((mount) => mount.path === folder);
  t.teardown(() => closeHpcMount(folder));
  openHpcMount(folder);
  openHpcMount(folder);
  t.is(mounts().length, 1, 'what another agent left is taken over');
  for (const option of ['nosuid', 'nodev', 'noexec']) t.true(mounts()[0]?.options.includes(option), option);
  t.throws(() => writeFileSync(path.join(folder, 'much'), Buffer.alloc(32 * 2 ** 20)), { code: 'ENOSPC' });
  closeHpcMount(folder);
  t.false(existsSync(folder));
  mkdirSync(path.join(folder, 'else'), { recursive: true });
  t.throws(() => openHpcMount(folder), { code: 'PLUMP_REFUSED' });
  closeHpcMount(folder);
  t.true(existsSync(path.join(folder, 'else')), 'what is not ours stays');
});
