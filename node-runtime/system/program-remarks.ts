import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

const SETUID = 0o4000;
const SETGID = 0o2000;

/** What is worth saying of a program before it is started: a right it will not have. */
export function programRemarks(name: string, env: readonly string[], cwd: string): string[] {
  const file = findProgram(name, env, cwd);
  try {
    const mode = file === undefined ? 0 : statSync(file).mode;
    if ((mode & (SETUID | SETGID)) === 0) return [];
    return [`${name} is ${mode & SETUID ? 'setuid' : 'setgid'}: in a job it runs without that right`];
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
