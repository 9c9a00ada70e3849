import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openTools } from '#builder/host/open-tools.ts';
import { startVm } from '#builder/lab/qemu.ts';
import type { VmSpec, VmTools } from '#builder/lab/types.ts';
import { type Took, took } from './machines.ts';

const FOLDER = 'usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64';
const ARGUMENTS = 'console=ttyS0,115200 quiet';
/** The question it begins with. */
const FIRST_SCREEN = /Select a language|Choose language/;
const LONGEST_SECONDS = 400;
/** With 768 it begins with another screen: that it goes into its low memory mode. */
const INSTALLER_MB = 1024;

/** The Debian installer's netboot image, the yardstick for our network boot: time to its first screen. */
export async function installerTime(tools: VmTools, medium: 'kernel' | 'pxe', signal: AbortSignal): Promise<Took> {
  const package_ = await openTools('installer', { env: process.env, signal, notice: (text) => console.error(text) });
  const [linux, initrd] = [package_.path(`${FOLDER}/linux`), package_.path(`${FOLDER}/initrd.gz`)];
  await using served = await tftpRoot(linux, initrd);
  const nic = { kind: 'user', mac: '52:54:00:77:00:01', network: '10.77.0.0/24' } as const;
  const fromNetwork = { ...nic, tftp: served.root, bootFile: 'installer.ipxe', bootIndex: 0, rom: true } as const;
  const spec: VmSpec = {
    name: 'plumpos-bench',
    memoryMB: INSTALLER_MB,
    firmware: 'bios',
    drives: [],
    nics: [medium === 'pxe' ? fromNetwork : nic],
    ...(medium === 'kernel' ? { kernel: { vmlinuz: linux, initrds: [initrd], append: ARGUMENTS } } : {}),
    timeLimitSeconds: LONGEST_SECONDS,
  };
  await using vm = await startVm(spec, tools);
  await vm.console.waitFor(FIRST_SCREEN, AbortSignal.timeout(LONGEST_SECONDS * 1000));
  return took(vm);
}

async function tftpRoot(linux: string, initrd: string): Promise<{ readonly root: string } & AsyncDisposable> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'plumpos-installer-'));
  await symlink(linux, path.join(root, 'linux'));
  await symlink(initrd, path.join(root, 'initrd.gz'));
  const script = ['#!ipxe', `kernel linux initrd=initrd.gz ${ARGUMENTS}`, 'initrd initrd.gz', 'boot', ''];
  await writeFile(path.join(root, 'installer.ipxe'), script.join('\n'));
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}
