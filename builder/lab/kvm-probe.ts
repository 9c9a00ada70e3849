import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { endsWithUs } from '../host/ends-with-us.ts';
import type { VmTools } from './types.ts';

const DEADLINE_MS = 4000;
/** QEMU's isa-debug-exit ends with (value << 1) | 1. */
const ALIVE = 0x10;
const ALIVE_STATUS = (ALIVE << 1) | 1;
const EXIT_PORT = 0xf4;

/** A boot sector whose only act is to write {@link ALIVE} to {@link EXIT_PORT}: mov al, imm8; out imm8, al; jmp $. */
function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  sector.set([0xb0, ALIVE, 0xe6, EXIT_PORT, 0xeb, 0xfe]);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

/**
 * Does an accelerator really run a guest? /dev/kvm may exist and hang everything that is started with it, so a guest
 * of one sector is booted and must answer within the deadline.
 */
export async function acceleratorWorks(tools: VmTools, accel: string, deadlineMs = DEADLINE_MS): Promise<boolean> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'plumpos-probe-'));
  try {
    const disk = path.join(folder, 'sector');
    await writeFile(disk, bootSector());
    const words = ['-accel', accel, '-nodefaults', '-display', 'none', '-m', '16', '-no-reboot', '-no-user-config'];
    const drive = ['-drive', `file=${disk},format=raw,if=ide,readonly=off`];
    const exit = ['-device', `isa-debug-exit,iobase=0x${EXIT_PORT.toString(16)},iosize=0x1`];
    return (await statusWithin(tools, [...words, ...drive, ...exit], deadlineMs)) === ALIVE_STATUS;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A QEMU stuck in the kernel does not even die by SIGKILL: it is not waited for longer than the deadline. */
function statusWithin(tools: VmTools, words: readonly string[], deadlineMs: number): Promise<number | null> {
  const [file, ...argv] = endsWithUs([tools.qemu.file, ...tools.qemu.args, ...words], 'KILL');
  const child = spawn(file, argv, { stdio: 'ignore', env: { ...process.env, ...tools.qemu.env }, detached: true });
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      resolve(null);
    }, deadlineMs);
    const done = (status: number | null) => {
      clearTimeout(timer);
      resolve(status);
    };
    child.once('error', () => done(null));
    child.once('exit', done);
  });
}

/**
 * The accelerator for VMs on this machine: kvm where it runs a guest, otherwise tcg. Asked once per boot of the
 * machine, the answer is kept in `cache`. PLUMPOS_ACCEL=tcg|kvm overrides.
 */
export async function chooseAccelerator(
  tools: VmTools,
  cache: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<'tcg' | 'kvm'> {
  const wish = env['PLUMPOS_ACCEL'];
  if (wish === 'tcg' || wish === 'kvm') return wish;
  const file = path.join(cache, 'accelerator');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown')).trim();
  const [keptBoot, kept] = (await readFile(file, 'utf8').catch(() => '')).split(/\s+/);
  if (keptBoot === boot && (kept === 'tcg' || kept === 'kvm')) return kept;
  const accel = (await acceleratorWorks(tools, 'kvm')) ? 'kvm' : 'tcg';
  await mkdir(cache, { recursive: true });
  await writeFile(file, `${boot} ${accel}\n`);
  return accel;
}
