import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Io } from '../base/verb.ts';

const PLUMPOS = 'plumpos';

/** Runs a command as a job on one member, and names it before each of its lines. @returns its status */
export async function runOn(
  name: string,
  overlay: string,
  command: readonly string[],
  user: string | undefined,
  io: Io,
): Promise<number> {
  const words = [PLUMPOS, 'run', '--on', overlay, '--no-tty', '--', ...command];
  const [file, ...args] = user === undefined ? words : ['runuser', '-u', user, '--', ...words];
  const child = spawn(file as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const lines = async (from: Readable, say: (line: string) => void) => {
    for await (const line of createInterface({ input: from })) say(`${name}: ${line}`);
  };
  await Promise.all([lines(child.stdout, (line) => io.out(`${line}\n`)), lines(child.stderr, (line) => io.err(line))]);
  const [status] = await ended;
  if (status !== 0) io.err(`${name}: ended with ${status ?? 'a signal'}`);
  return status ?? 1;
}
