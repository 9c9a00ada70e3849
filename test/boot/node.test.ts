import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { readTextScreen } from '#builder/lab/text-screen.ts';
import type { Vm } from '#builder/lab/types.ts';
import { withBoot } from '../helpers/boots.ts';
import { writesTo } from '../helpers/pc-disk.ts';

const late = () => AbortSignal.timeout(300_000);

/** The text on the screen once it holds what is waited for. */
async function screenWith(vm: Vm, pattern: RegExp): Promise<string> {
  const limit = AbortSignal.timeout(60_000);
  for (;;) {
    const screen = (await readTextScreen(vm.qmp)).join('\n');
    if (pattern.test(screen) || limit.aborted) return screen;
    await wait(300);
  }
}

test('with the CD out, a node copied to RAM shows its nodes, leaves and obeys the power button', async (t) => {
  await withBoot(t, { append: 'plumpos.toram=1' }, async ({ boot: { vm, watch }, sh, nodes }) => {
    await watch.until('joined', late());
    await vm.qmp.execute('eject', { id: 'cdrom0', force: true });
    // What was read before may be in memory by chance: only what is not proves something.
    await sh('echo 3 >/proc/sys/vm/drop_caches');
    t.is((await nodes()).length, 1);
    t.regex(await sh('showmap'), /\d+/);
    t.is(await sh('grep -c /cdrom /proc/mounts || true'), '0');
    await sh('plumpos leave');
    t.deepEqual(await writesTo(vm.qmp, 'pcdisk'), [0, 0]);
    const off = vm.qmp.event('SHUTDOWN', late());
    await vm.qmp.execute('system_powerdown');
    t.is((await off).data['guest'], true);
    await vm.exited;
  });
});

test('a running node is what it should be: no shell on a console, RAM only, drivers for what is plugged in', async (t) => {
  await withBoot(t, { memoryMB: 384 }, async ({ boot: { vm, watch }, sh }) => {
    await watch.until('ready', late());
    t.is(await sh(String.raw`ps -o args | grep -cE '(getty|askfirst|^-?/bin/sh$)' || true`), '0');
    t.notRegex(await sh('cat /proc/mounts'), /^\/dev\/[shv]d/m);
    t.regex(await sh('cat /proc/swaps'), /zram0/);
    t.regex(await sh('grep plump /etc/passwd'), /^plump:x:1000:1000:/);
    t.is(await sh('stat -c %a /run/plumpos/config.json /run/plumpos/image.json'), '600\n600');
    t.is(await sh(String.raw`cat /proc/$(pidof node | cut -d' ' -f1)/oom_score_adj`), '-1000');
    await vm.qmp.execute('netdev_add', { type: 'user', id: 'late', net: '10.78.0.0/24' });
    await vm.qmp.execute('device_add', { driver: 'e1000', netdev: 'late', id: 'latecard' });
    await sh('for i in $(seq 100); do [ -e /sys/class/net/eth1 ] && exit; sleep 0.2; done; exit 1');
    const old = await sh('pidof node');
    await sh(
      `kill -9 ${old}; for i in $(seq 200); do sleep 0.2; n=$(pidof node) && [ "$n" != "${old}" ] && exit; done; exit 1`,
    );
  });
});

test('a PC with too little RAM says so in plain words and stops', async (t) => {
  await withBoot(t, { memoryMB: 96 }, async ({ boot: { vm, watch } }) => {
    const error = await t.throwsAsync(watch.until('ready', late()));
    t.regex(error?.message ?? '', /too little RAM/);
    t.regex(await screenWith(vm, /The machine has stopped/), /too little RAM[\s\S]*needs a machine with at least/);
  });
});

test('a PC whose CPU has no long mode says so on its screen', async (t) => {
  await withBoot(t, { cpu: 'pentium3' }, async ({ boot: { vm } }) => {
    await vm.console.waitFor(/boot:/, late());
    const screen = await screenWith(vm, /requires an x86-64 CPU/);
    t.regex(screen, /This kernel requires an x86-64 CPU, but only detected an i686 CPU/);
  });
});
