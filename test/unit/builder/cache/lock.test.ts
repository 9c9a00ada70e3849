import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { lock } from '#builder/cache/lock.ts';

function lockFile(t: ExecutionContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'lock');
}

const soon = () => AbortSignal.timeout(10_000);

test('a lock left by a process whose number another one has by now is taken over', async (t) => {
  const file = lockFile(t);
  for (const left of [`${process.pid} 1`, '1 1', '4194304 17', '4194304', '', 'nonsense']) {
    writeFileSync(file, left);
    await using _held = await lock(file, { signal: soon() });
    t.regex(readFileSync(file, 'utf8'), new RegExp(`^${process.pid} \\d+$`), left);
  }
});

test('who has to wait says for whom, once, and gets it afterwards', async (t) => {
  const file = lockFile(t);
  const told: string[] = [];
  const first = await lock(file);
  const waiting = lock(file, { signal: soon(), notice: (text) => void told.push(text) });
  await t.throwsAsync(lock(file, { signal: AbortSignal.timeout(700) }));
  await first[Symbol.asyncDispose]();
  await (await waiting)[Symbol.asyncDispose]();
  t.deepEqual(told, [`waiting for another plumpos (process ${process.pid}), which holds ${file}`]);
});

test('of many who want it each gets it, one at a time', async (t) => {
  const file = lockFile(t);
  let inside = 0;
  const one = async () => {
    for (let turn = 0; turn < 20; turn++) {
      await using _held = await lock(file, { signal: soon() });
      t.is(++inside, 1);
      await new Promise((done) => setImmediate(done));
      inside--;
    }
  };
  await Promise.all([one(), one(), one()]);
});
