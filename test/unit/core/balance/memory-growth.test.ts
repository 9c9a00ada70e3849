import test from 'ava';
import { MemoryGrowth } from '#runtime/core/balance/memory-growth.ts';

/** Reads a guest once a second. */
function read(growth: MemoryGrowth, sizes: readonly number[], from = 0): void {
  for (const [second, memoryMB] of sizes.entries())
    growth.update(1000 * (from + second), [{ key: 'a', runs: true, memoryMB }]);
}

test('a guest that grows and grows is to leave while there still is room for its images', (t) => {
  const growth = new MemoryGrowth();
  read(growth, [10, 20, 30, 40]);
  t.is(growth.outgrownMB(300), 0, 'there is plenty');
  t.is(growth.outgrownMB(160), 40, '90 MB of images beside it in five seconds, 110 MB free then');
});

test('what a program takes at its start, or once, is no growth; nor is little', (t) => {
  const started = new MemoryGrowth();
  read(started, [0, 100, 100, 100, 100]);
  t.is(started.outgrownMB(120), 0);
  const slow = new MemoryGrowth();
  read(slow, [100, 100.2, 100.4, 100.6]);
  t.is(slow.outgrownMB(120), 0);
});

test('of several the smallest goes, and one that is gone is forgotten', (t) => {
  const growth = new MemoryGrowth();
  for (const second of [0, 1, 2, 3])
    growth.update(1000 * second, [
      { key: 'a', runs: true, memoryMB: 80 + 10 * second },
      { key: 'b', runs: true, memoryMB: 50 + 10 * second },
      { key: 'c', runs: false, memoryMB: 0 },
    ]);
  t.is(growth.outgrownMB(100), 80);
  growth.update(4000, []);
  t.is(growth.outgrownMB(0), 0);
});
