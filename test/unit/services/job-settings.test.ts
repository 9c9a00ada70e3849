import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { SettingsFile } from '#runtime/services/home/job-settings.ts';

test('what is set is there for the next agent; what cannot be is refused and changes nothing', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'settings.json');
  const settings = new SettingsFile(file, { block: true });
  t.deepEqual(settings.decay(), { intervalS: 1, slow: 938, fast: 250 });
  settings.set({ quiet: true, yard: 5000, decaySeconds: 2 });
  for (const bad of [{ volume: 11 }, { speed: 0 }, { yard: 'P4' }, { slowDecay: 1001 }])
    t.throws(() => settings.set(bad), { code: 'PLUMP_PROTOCOL' });
  t.throws(() => settings.set({ slowDecay: 100 }), { code: 'PLUMP_USAGE', message: /slow must keep as much/ });
  t.like(new SettingsFile(file, {}).get(), { block: true, quiet: true, yard: 5000, decaySeconds: 2, slowDecay: 938 });
});
