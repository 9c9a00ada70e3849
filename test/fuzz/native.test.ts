import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { compileC } from '../helpers/compile-c.ts';
import { startFuzz } from '../helpers/fuzz.ts';

const INPUTS = 100_000;
const native = path.resolve(import.meta.dirname, '../../node-runtime/native');
const harness = path.resolve(import.meta.dirname, '../fixtures/fuzz-native.c');

test('no specification, frame, route, lock, configuration or answer crashes a C program, under ASan and UBSan', async (t) => {
  const folder = mkdtempSync('/dev/shm/plumpos-fuzz-');
  t.teardown(() => rmSync(folder, { recursive: true }));
  const sources = globSync(['common/*.c', 'relay/route.c', 'shim/{spec,tasks,inject}.c', 'plumpos/{config,link}.c'], {
    cwd: native,
  });
  const flags = ['-Wall', '-Wextra', '-Werror', '-I', '.', '-D', `RELAY_FOLDER="${folder}"`];
  const program = path.join(folder, 'fuzz-native');
  await compileC(program, [harness, ...sources], { cwd: native, flags, sanitize: true });
  const { seed } = startFuzz();
  const end = spawnSync(program, [`${seed}`, `${INPUTS}`], { encoding: 'utf8', maxBuffer: 1 << 26 });
  t.log(`PLUMPOS_SEED=${seed}: taken of ${INPUTS} each: ${end.stdout.trim().replaceAll('\n', ', ')}`);
  t.is(end.status, 0, `seed ${seed}: ${end.stderr.slice(-3000)}`);
  for (const line of end.stdout.trim().split('\n')) t.true(Number(line.split(' ')[1]) > 100, line);
});
