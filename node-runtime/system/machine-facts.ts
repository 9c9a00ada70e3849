import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { cpuFlagsThatMatter } from '../model/cpu-flags.ts';
import { readText } from './read-text.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** What a machine is, as members tell each other. */
export interface MachineFacts {
  readonly kernel: string;
  /** Empty where there is no CRIU. */
  readonly criu: string;
  readonly cpuFlags: readonly string[];
  readonly cpus: number;
  readonly memoryMB: number;
  /** Seconds since 1970. */
  readonly booted: number;
  readonly secureBoot: boolean;
}

/** Looks once; nothing of it changes while the machine runs. */
export async function machineFacts(wallMs: number, run: RunCommand = runCommand): Promise<MachineFacts> {
  return {
    kernel: os.release(),
    criu: await criuVersion(run),
    cpuFlags: cpuFlagsThatMatter(flagWords(readText('/proc/cpuinfo'))),
    cpus: os.availableParallelism(),
    memoryMB: Math.round(os.totalmem() / 2 ** 20),
    booted: Math.max(0, Math.round(wallMs / 1000 - os.uptime())),
    secureBoot: secureBoot(),
  };
}

async function criuVersion(run: RunCommand): Promise<string> {
  try {
    const output = await run('criu', ['--version'], { timeoutMs: 5000 });
    return /^Version:\s*([\w.-]+)/m.exec(output)?.[1] ?? '';
  } catch {
    return '';
  }
}

function flagWords(cpuinfo: string): string[] {
  return /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/) ?? [];
}

/** The EFI variable SecureBoot: four bytes of attributes, then 1 where it is on. Absent on BIOS. */
function secureBoot(): boolean {
  const folder = '/sys/firmware/efi/efivars';
  try {
    const name = readdirSync(folder).find((one) => one.startsWith('SecureBoot-'));
    return name !== undefined && readFileSync(`${folder}/${name}`)[4] === 1;
  } catch {
    return false;
  }
}
