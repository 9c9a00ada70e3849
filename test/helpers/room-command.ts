import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';

/** How a command ended, and what it wrote. */
export interface Ended {
  readonly status: number | string;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Words that run a shell command as an ordinary user (or root, 0), whose only group is her own. */
export function asUser(uid: number, command: string): string[] {
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', 'sh', '-c', command];
}

/** Gives a command its input and hears it to its end. */
export async function endOf(child: ChildProcess, input: string | Buffer): Promise<Ended> {
  child.stdin?.on('error', () => {}).end(input);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    buffer(child.stdout as NonNullable<ChildProcess['stdout']>),
    buffer(child.stderr as NonNullable<ChildProcess['stderr']>),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ]);
  return { status: code ?? signal ?? '', stdout, stderr: `${stderr}` };
}
