import { readdirSync, readFileSync } from 'node:fs';
import { type Clock, sleep } from '../../base/clock.ts';
import { PlumpError } from '../../base/errors.ts';

const KILL_MS = 10_000;
const LOOK_MS = 20;

/**
 * Kills a CRIU that works with these images and has no agent any more: its own was killed. What it had stopped goes on or
 * stands still; nobody else stops it any more.
 * @throws PlumpError PLUMP_TIMEOUT when it does not end
 */
export async function killStrayCriu(images: string, clock: Clock): Promise<void> {
  const limit = clock.now() + KILL_MS;
  for (let pids = strays(images); pids.length > 0; pids = strays(images)) {
    for (const pid of pids) kill(pid);
    if (clock.now() > limit) throw new PlumpError('PLUMP_TIMEOUT', `criu (pid ${pids.join()}) does not end`);
    await sleep(clock, LOOK_MS);
  }
}

function strays(images: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const words = /^\d+$/.test(name) ? wordsOf(name) : [];
    return words[0] === 'criu' && words.includes(images) ? [Number(name)] : [];
  });
}

function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
