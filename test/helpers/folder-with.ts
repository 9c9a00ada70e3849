import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder with these files in it (empty ones), gone after the test. */
export function folderWith(t: { teardown(fn: () => void): void }, files: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), '');
  }
  return folder;
}
