import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { openTools } from '#builder/host/open-tools.ts';
import { acceleratorWorks, chooseAccelerator } from '#builder/lab/kvm-probe.ts';
import { vmToolsOf } from '#builder/lab/vm-tools.ts';

const tools = async () => vmToolsOf(await openTools('vm', { env: process.env, notice: () => {} }));

test('an accelerator counts only when it runs a guest: one that refuses or hangs does not', async (t) => {
  const real = await tools();
  t.true(await acceleratorWorks(real, 'tcg', 60_000));
  t.false(await acceleratorWorks(real, 'xen', 60_000));
  // As /dev/kvm does on some machines: everything starts, and nothing happens any more.
  t.false(await acceleratorWorks({ ...real, qemu: { file: '/bin/sh', args: ['-c', 'sleep 600', 'sh'] } }, 'kvm', 300));
});

test('the answer is kept until the machine is started again, and can be given', async (t) => {
  const cache = mkdtempSync(path.join(os.tmpdir(), 'plumpos-accel-'));
  const chosen = await chooseAccelerator(await tools(), cache, {});
  const kept = readFileSync(path.join(cache, 'accelerator'), 'utf8');
  const [boot] = kept.split(' ');
  t.is(boot, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  t.is(await chooseAccelerator(await tools(), cache, {}), chosen);
  t.is(await chooseAccelerator(await tools(), cache, { PLUMPOS_ACCEL: 'tcg' }), 'tcg');
  rmSync(cache, { recursive: true });
});
