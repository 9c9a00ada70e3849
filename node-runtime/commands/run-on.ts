import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Io } from '../base/verb.ts';

const PLUMPOS = 'plumpos';

/** Who a command is run as: the caller, a user of this PC, or a node's only one, for whom it has no runuser. */
export type RunAs = 'caller' | 'plump' | { readonly user: string };

/** As the image has it (rootfs/root/etc/passwd). */
const PLUMP = { uid: 1000, gid: 1000, cwd: '/', env: { HOME: '/home/plump', USER: 'plump', LOGNAME: 'plump' } };

/** Runs a command as a job on one member, and names it before each of its lines. @returns its status */
export async function runOn(
  name: string,
  overlay: string,
  command: readonly string[],
  as: RunAs,
  io: Io,
): Promise<number> {
  const words = [PLUMPOS, 'run', '--on', overlay, '--no-tty', '--', ...command];
  const [file, ...args] = typeof as === 'object' ? ['runuser', '-u', as.user, '--', ...words] : words;
  const child = spawn(file as string, args, { ...identity(as), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const lines = async (from: Readable, say: (line: string) => void) => {
    for await (const line of createInterface({ input: from })) say(`${name}: ${line}`);
  };
  await Promise.all([lines(child.stdout, (line) => io.out(`${line}\n`)), lines(child.stderr, (line) => io.err(line))]);
  const [status] = await ended;
  if (status !== 0) io.err(`${name}: ended with ${status ?? 'a signal'}`);
  return status ?? 1;
}

function identity(as: RunAs): Pick<SpawnOptions, 'uid' | 'gid' | 'cwd' | 'env'> {
  return as === 'plump' ? { ...PLUMP, env: { ...process.env, ...PLUMP.env } } : {};
}
