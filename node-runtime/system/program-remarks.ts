import { statSync } from 'node:fs';
import { dlopen } from 'node:ffi';

const SETUID = 0o4000;
const SETGID = 0o2000;

const { functions: libc } = dlopen(null, {
  getxattr: { arguments: ['string', 'string', 'pointer', 'u64'], return: 'i64' },
});

/**
 * What is worth saying of a program before it is started: a right it will not have.
 * @param name as its caller calls it
 * @param file where it is; bytes, one character each
 */
export function programRemarks(name: string, file: string): string[] {
  const right = rightOf(Buffer.from(file, 'latin1').toString('utf8'));
  return right === undefined ? [] : [`${name} ${right}: in a job it runs without that right`];
}

function rightOf(file: string): string | undefined {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if (mode & SETUID) return 'is setuid';
  if (mode & SETGID) return 'is setgid';
  // Room for nothing: the answer is how long the value is, or that there is none.
  return libc.getxattr(file, 'security.capability', null, 0n) > 0n ? 'has file capabilities' : undefined;
}
