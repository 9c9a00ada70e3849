import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readKeyIfThere } from '#builder/host/cluster-key.ts';
import { joinArgument } from '#builder/lab/boot-image.ts';
import { encodeJoinCode, SECRET_BYTES } from '#runtime/model/join-code.ts';

test('a network boot takes the code of the first line alone; a key that cannot be used is told, a missing one is none', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'cluster.key');
  t.is(await readKeyIfThere(file), undefined);
  t.is(await joinArgument(file), '');
  const code = encodeJoinCode(new Uint8Array(SECRET_BYTES).fill(7));
  writeFileSync(file, `${code}\nmine, of the lab\n`);
  t.is(await joinArgument(file), `plumpos.join=${code}`);
  writeFileSync(file, 'nonsense\n');
  await t.throwsAsync(joinArgument(file), { code: 'PLUMP_KEY', message: /holds no join code/ });
  rmSync(file);
  mkdirSync(file);
  await t.throwsAsync(joinArgument(file), { code: 'PLUMP_KEY', message: /cannot be used/ });
});
