import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { readTextScreen } from '#builder/lab/text-screen.ts';
import type { Vm } from '#builder/lab/types.ts';
import { type BootUnderTest, withBoot } from '../helpers/boots.ts';
import { screenWith } from '../helpers/node-screen.ts';
import { writesTo } from '../helpers/pc-disk.ts';

const late = () => AbortSignal.timeout(300_000);

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
    t.is((await vm.exited).code, 0);
    t.true(vm.console.lines.some((line) => line === 'plumpos: shutdown'));
  });
});

/** Everything on a node that init keeps running, by a piece of its command line. */
const RESPAWNED = ['agent.cjs', 'uevent', 'acpid', 'boot/housekeeping', 'boot/screen'];

/** UDP ports a node may listen on: DHCP client, SSDP, WireGuard. */
const OUR_PORTS = [68, 1900, 51820];

test('a running node is what it should be, and stays so when its parts are killed', async (t) => {
  await withBoot(t, { memoryMB: 384 }, async ({ boot: { vm, watch }, sh }) => {
    await watch.until('joined', late());
    await t.notThrowsAsync(screenWith(vm, /state +joined[\s\S]*Keys:/));
    t.notRegex((await readTextScreen(vm.qmp)).join('\n'), /root shell/);
    t.notRegex(await sh('ps -o args'), /^(-?\/?(bin\/)?(sh|ash|login)|.*(getty|askfirst).*)$/m);
    t.notRegex(await sh('cat /proc/mounts'), /^\/dev\/[shv]d/m);
    t.regex(await sh('cat /proc/swaps'), /zram0/);
    t.regex(await sh('grep plump /etc/passwd'), /^plump:x:1000:1000:/);
    t.is(await sh('stat -c %a /run/plumpos/config.json /run/plumpos/image.json'), '600\n600');
    t.is(await sh(`cat /proc/$(pidof node | cut -d' ' -f1)/oom_score_adj`), '-1000');
    t.deepEqual(await openPorts(sh), { tcp: [], udp: OUR_PORTS });
    await plugCardIn(vm, sh);
    await killAndWait(sh, RESPAWNED);
    await sh('until plumpos status --json | grep -q \'"phase":"joined"\'; do sleep 0.5; done');
  });
});

type Shell = BootUnderTest['sh'];

/** Ports with an open socket on the node's LAN side, each once. */
async function openPorts(sh: Shell): Promise<{ tcp: number[]; udp: number[] }> {
  const of = async (files: string) => {
    const text = await sh(`cat ${files} 2>/dev/null || true`);
    const ports = [...text.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)].map(([, port = '']) => parseInt(port, 16));
    return [...new Set(ports)].toSorted((a, b) => a - b);
  };
  return { tcp: await of('/proc/net/tcp /proc/net/tcp6'), udp: await of('/proc/net/udp /proc/net/udp6') };
}

/** Hot-plugs a card whose driver nothing has loaded before. */
async function plugCardIn(vm: Vm, sh: Shell): Promise<void> {
  await vm.qmp.execute('netdev_add', { type: 'user', id: 'late', net: '10.78.0.0/24' });
  await vm.qmp.execute('device_add', { driver: 'e1000', netdev: 'late', id: 'latecard' });
  await sh('for i in $(seq 250); do [ -e /sys/class/net/eth1 ] && exit; sleep 0.2; done; exit 1');
}

/** kill -9 for the process of each name; ends when each runs again. */
async function killAndWait(sh: Shell, names: readonly string[]): Promise<void> {
  const pids = async () => {
    const lines = (await sh('ps -o pid,args')).split('\n');
    return names.map(
      (name) =>
        lines
          .find((line) => line.includes(name))
          ?.trim()
          .split(' ')[0],
    );
  };
  const before = await pids();
  await sh(`kill -9 ${before.join(' ')}`);
  for (let tries = 0; tries < 120; tries++) {
    const now = await pids();
    if (now.every((pid, i) => pid !== undefined && pid !== before[i])) return;
    await wait(500);
  }
  throw new Error(`not all of ${names.join(', ')} are running again`);
}

test('a PC with too little RAM says so in plain words and stops', async (t) => {
  await withBoot(t, { memoryMB: 96 }, async ({ boot: { vm, watch } }) => {
    await t.throwsAsync(watch.until('ready', late()), { message: /too little RAM/ });
    const screen = await screenWith(vm, /The machine has stopped/);
    t.regex(screen, /too little RAM[\s\S]*needs a machine with at least/);
  });
});

test('a PC whose CPU has no long mode says so on its screen', async (t) => {
  await withBoot(t, { cpu: 'pentium3' }, async ({ boot: { vm } }) => {
    await vm.console.waitFor(/boot:/, late());
    await t.notThrowsAsync(screenWith(vm, /This kernel requires an x86-64 CPU, but only detected an i686 CPU/));
  });
});
