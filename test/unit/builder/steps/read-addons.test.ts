import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { overlayIdentity } from '#builder/steps/read-addons.ts';

test('every change to an overlay is seen: hidden files, empty folders, modes, links', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);
  mkdirSync(at('root'));
  writeFileSync(at('root/secret'), 'x', { mode: 0o644 });
  const seen = new Set([await overlayIdentity(folder)]);
  const changes = [
    () => writeFileSync(at('root/.profile'), 'a'),
    () => writeFileSync(at('root/.profile'), 'b'),
    () => mkdirSync(at('empty')),
    () => chmodSync(at('root/secret'), 0o600),
    () => chmodSync(at('empty'), 0o700),
    () => symlinkSync('secret', at('root/.link')),
  ];
  for (const [index, change] of changes.entries()) {
    change();
    seen.add(await overlayIdentity(folder));
    t.is(seen.size, index + 2, `change ${index} was not seen`);
  }
  // Nothing of the builder's umask reaches a node.
  chmodSync(at('root'), 0o775);
  t.true(seen.has(await overlayIdentity(folder)));
});
