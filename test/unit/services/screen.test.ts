import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { Screen } from '#runtime/services/screen.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

test('ages on a node’s screen go on although nothing happens', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-screen-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const clock = new VirtualClock();
  const file = path.join(folder, 'screen');
  using _screen = new Screen(file, clock, () => `silent ${Math.floor(clock.now() / 1000)} s\n`);
  clock.pass(1000);
  const first = readFileSync(file, 'utf8');
  clock.pass(40_000);
  t.not(readFileSync(file, 'utf8'), first);
});
