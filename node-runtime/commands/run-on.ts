import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Io } from '../base/verb.ts';
import { asUser, type RunAs } from './who-runs.ts';

const PLUMPOS = 'plumpos';

/** Runs a command as a job on one member, and names it before each of its lines. @returns its status */
export async function runOn(
  name: string,
  overlay: string,
  command: readonly string[],
  as: RunAs,
  io: Io,
): Promise<number> {
  const words = [PLUMPOS, 'run', '--on', overlay, '--no-tty', '--', ...command];
  const { file, args, options } = asUser(as, words);
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const lines = async (from: Readable, say: (line: string) => void) => {
    for await (const line of createInterface({ input: from })) say(`${name}: ${line}`);
  };
  await Promise.all([lines(child.stdout, (line) => io.out(`${line}\n`)), lines(child.stderr, (line) => io.err(line))]);
  const [status] = await ended;
  if (status !== 0) io.err(`${name}: ended with ${status ?? 'a signal'}`);
  return status ?? 1;
}
