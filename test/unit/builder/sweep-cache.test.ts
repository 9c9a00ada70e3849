import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { sweepCache } from '#builder/cache/sweep-cache.ts';

const DAY = 86_400;

test('a cache loses what nobody asked for of late, and what killed builds left; nothing else', async (t) => {
  const cache = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(cache, { recursive: true, force: true }));
  const now = Date.now();
  const make = (name: string, daysOld: number): string => {
    const file = path.join(cache, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    utimesSync(file, now / 1000 - daysOld * DAY, now / 1000 - daysOld * DAY);
    return name;
  };
  const kept = [
    make('steps/root-0123', 13),
    make('trees/image-0123456789abcdef', 29),
    make('debs/0123-bash_5_amd64.deb', 29),
    make('.build-Abc123', 0.5),
    make('steps/.work-Abc123', 0.5),
    make('accelerator', 400),
    make('apt/0123/status', 400),
  ];
  const gone = [
    make('steps/root-4567', 15),
    make('trees/image-fedcba9876543210', 31),
    make('debs/4567-bash_4_amd64.deb', 31),
    make('.build-Xyz789', 2),
    make('steps/.work-Xyz789', 2),
    make('debs/.fetch-Xyz789', 2),
    make('trees/image-0123456789abcdef.Xyz789', 2),
  ];
  await sweepCache(cache, now);
  for (const name of kept) t.true(existsSync(path.join(cache, name)), `${name} is gone`);
  for (const name of gone) t.false(existsSync(path.join(cache, name)), `${name} is still there`);
});
