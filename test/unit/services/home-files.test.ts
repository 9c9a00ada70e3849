import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { HomeFiles, type HomeFilesDeps } from '#runtime/services/exports/home-files.ts';
import { forgetExports } from '#runtime/system/nfsd/rpc-caches.ts';

const alice = { uid: 1000, gid: 1000, groups: [] };
const bob = { uid: 1001, gid: 1001, groups: [] };

/** Home's files with a kernel that only notes what happens to home's mounts. */
function homeFiles(folder: string) {
  const done: string[] = [];
  const nothing = async () => {};
  const deps = {
    namespace: { run: (action: unknown) => action === forgetExports && done.push('forget') },
    nfsd: { running: true, listen: nothing, expireClients: nothing },
    tree: { folder: '/x', follow: () => (done.push('bind'), []), all: () => [], unbind: () => done.push('unbind') },
    gate: { openNfs: nothing, closeNfs: nothing },
    self: 'fd00::1',
    stateFile: path.join(folder, 'exports.json'),
    helpers: () => {},
  };
  return { files: new HomeFiles(deps as unknown as HomeFilesDeps), done };
}

test('a disk of home can be taken out when the last job elsewhere that could use it has ended, and not before', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-files-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { files, done } = homeFiles(folder);
  await files.grant('fd00::2', alice);
  await files.grant('fd00::3', bob);
  await files.revoke('fd00::2', alice);
  t.deepEqual(done, ['bind', 'bind']);
  await files.revoke('fd00::3', bob);
  t.deepEqual(done.splice(0), ['bind', 'bind', 'forget', 'unbind'], "the kernel's own hold on it goes first");
  await files.grant('fd00::2', alice);
  await files.fence('fd00::2', alice);
  t.deepEqual(done, ['bind'], 'one that may still run keeps them');
});
