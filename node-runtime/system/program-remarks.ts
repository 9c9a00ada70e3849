import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';

const SETUID = 0o4000;
const SETGID = 0o2000;

/** e_machine of ELF, those somebody may meet. */
const MACHINES: Readonly<Record<number, string>> = {
  3: '32-bit x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: '64-bit PowerPC',
  22: 's390',
  40: '32-bit ARM',
  183: '64-bit ARM',
  243: 'RISC-V',
};
const X86_64 = 62;

/** What is worth saying of a program before it is started: a right it will not have, a machine it is not for. */
export function programRemarks(name: string, env: readonly string[], cwd: string): string[] {
  const file = findProgram(name, env, cwd);
  if (file === undefined) return [];
  try {
    const { mode } = statSync(file);
    const machine = machineOf(file);
    return [
      ...((mode & (SETUID | SETGID)) !== 0
        ? [`${name} is ${mode & SETUID ? 'setuid' : 'setgid'}: in a job it runs without that right`]
        : []),
      ...(machine === undefined || machine === X86_64 || machine === 3
        ? []
        : [`${name} is a program for ${MACHINES[machine] ?? `another machine (ELF ${machine})`}`]),
    ];
  } catch {
    return [];
  }
}

function findProgram(name: string, env: readonly string[], cwd: string): string | undefined {
  if (name.includes('/')) return bytes(path.resolve(cwd, name));
  const folders = env.find((one) => one.startsWith('PATH='))?.slice(5) ?? '/usr/bin:/bin';
  return folders
    .split(':')
    .map((folder) => bytes(path.resolve(cwd, folder, name)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

/** File names are bytes; ours are kept one character each. */
function bytes(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** Only of what everybody may read: nothing is told about files the caller cannot see into. */
function machineOf(file: string): number | undefined {
  if ((statSync(file).mode & 0o004) === 0) return undefined;
  const head = Buffer.alloc(20);
  const fd = openSync(file, 'r');
  try {
    if (readSync(fd, head) < head.length || head.toString('latin1', 0, 4) !== '\u007fELF') return undefined;
    return head.readUInt16LE(18);
  } finally {
    closeSync(fd);
  }
}
