import test from 'ava';
import { loadRow } from '#runtime/core/balance/load-row.ts';

test('load is told in the units of openMosix, by CPU and speed; utilization ends at 100', (t) => {
  const entries = Int32Array.of(7, 1, 2500, 600, 5000, 4, 321, 1);
  t.deepEqual(loadRow(entries, 0, 'fd00::2'), {
    overlay: 'fd00::2',
    work: 600,
    speed: 5000,
    cpus: 4,
    freeMB: 321,
    load: 300,
    utilization: 100,
    blocked: true,
    pressed: false,
    ageMs: 2500,
  });
});
