import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hashTree } from '#builder/cache/hash-files.ts';

test('every change to an overlay is seen: hidden files, empty folders, modes, links', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);
  mkdirSync(at('root'));
  writeFileSync(at('root/secret'), 'x', { mode: 0o644 });
  const seen = new Set([await hashTree(folder)]);
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
    seen.add(await hashTree(folder));
    t.is(seen.size, index + 2, `change ${index} was not seen`);
  }
  t.true(seen.has(await hashTree(folder)));
});
