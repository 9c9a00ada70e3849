import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { typeText } from '#builder/lab/type-text.ts';
import type { Vm } from '#builder/lab/types.ts';
import { encodeJoinCode, SECRET_BYTES } from '#runtime/model/join-code.ts';
import { type BootUnderTest, withBoot } from '../helpers/boots.ts';
import { dialogue } from '../helpers/dialogue.ts';
import { screenWith } from '../helpers/node-screen.ts';
import { buildOtherImage, OTHER } from '../helpers/other-image.ts';
import { writesTo } from '../helpers/pc-disk.ts';

const late = () => AbortSignal.timeout(300_000);
const APPEND = 'plumpos.hostname=loft plumpos.debug plumpos.console=tty3';

test('without a secret a node waits for its people: address, root shell, join code and reboot at its consoles', async (t) => {
  using image = await buildOtherImage();
  await using capture = await captureFolder();
  await withBoot(t, { ...image, kernel: OTHER.kernel, append: APPEND }, async ({ boot: { vm, watch }, sh }) => {
    const status = await watch.until('ready', late());
    await captureTo(vm, capture.file);
    t.is(status.phase, 'ready');
    t.false(status.hasSecret);
    t.is(status.name, 'loft');
    t.regex(await sh('cat /proc/cmdline'), new RegExp(`BOOT_IMAGE=/boot/${OTHER.kernel}/vmlinuz .*${APPEND}`));
    t.regex(await sh('cat /run/plumpos/agent.log'), /"level":"debug"/);
    const screen = await screenWith(vm, /address +10\.77\.0\.15/);
    t.regex(screen, /name +loft[\s\S]*ready, but in no cluster: it has no cluster secret[\s\S]*Press j/);
    t.regex(await sh('cat /dev/vcs3'), /name +loft/, 'the line plumpos.console= names shows it too');

    await typeAddress(vm);
    await screenWith(vm, /address +10\.77\.0\.99 +\(eth0: fixed address\)/);
    await useRootShell(vm);
    t.notRegex(await sh('cat /proc/net/udp'), /:076C /, 'nothing listens on port 1900');
    t.is(announcements(capture.file), 0);

    await typeJoinCode(vm);
    await watch.until('joined', late());
    await screenWith(vm, /state +joined: in the cluster/);
    while (announcements(capture.file) === 0) await wait(500);

    t.deepEqual(await writesTo(vm.qmp, 'pcdisk'), [0, 0]);
    const reset = vm.qmp.event('SHUTDOWN', late());
    await typeText(vm.qmp, 'r');
    await screenWith(vm, /Reboot this node\? Press y/);
    await typeText(vm.qmp, 'y');
    t.is((await reset).data['reason'], 'guest-reset');
    await vm.exited;
  });
});

/** At the keyboard of the PC. */
async function typeAddress(vm: Vm): Promise<void> {
  await typeText(vm.qmp, 'a');
  await screenWith(vm, /Network card \(one of eth0\):/);
  await typeText(vm.qmp, 'eth0\n10.77.0.99/24\n10.77.0.2\n');
  await screenWith(vm, /Done\.\s+Press a key\./);
  await typeText(vm.qmp, ' ');
}

/** At the serial line: a wrong password, then the right one. */
async function useRootShell(vm: Vm): Promise<void> {
  await dialogue(vm, [
    ['s', /Password:/],
    ['coffee\r', /login:/],
    ['root\r', /Password:/],
    [`${OTHER.password}\r`, /# ?$/],
    ['echo I am $(id -un) on $(hostname)\r', /^I am root on loft/],
    ['exit\r', /s root shell/],
  ]);
}

/** At the serial line, in lower case and without its hyphens, as people write it down. */
async function typeJoinCode(vm: Vm): Promise<void> {
  const code = encodeJoinCode(randomBytes(SECRET_BYTES));
  await dialogue(vm, [
    ['j', /Join code .*:/],
    [`${code.toLowerCase().replaceAll('-', ' ')}\r`, /Done\./],
    [' ', /Keys:/],
  ]);
}

async function captureFolder(): Promise<{ readonly file: string } & AsyncDisposable> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-capture-'));
  return {
    file: path.join(folder, 'lan.pcap'),
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  };
}

async function captureTo(vm: BootUnderTest['boot']['vm'], file: string): Promise<void> {
  await vm.qmp.execute('object-add', { 'qom-type': 'filter-dump', id: 'lan', netdev: 'net-nic0', file });
}

/** Packets to UDP port 1900 in a capture (pcap 2.4, Ethernet, IPv4 without options). */
function announcements(file: string): number {
  const bytes = readFileSync(file);
  let found = 0;
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    const frame = bytes.subarray(at + 16);
    if (frame.length >= 38 && frame[23] === 17 && frame.readUInt16BE(36) === 1900) found++;
  }
  return found;
}
