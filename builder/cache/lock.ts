import { readFileSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { systemClock, sleep } from '#runtime/base/clock.ts';

const LOOK_AGAIN_MS = 200;

/** How somebody waits for a lock. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told once, when it has to wait, for whom. */
  notice?(text: string): void;
}

/**
 * Holds a lock file while another process may want the same folder; waits for its turn. A lock whose owner is gone is taken over.
 * @param file path of the lock; its folder must exist.
 */
export async function lock(file: string, { signal, notice }: LockOptions = {}): Promise<AsyncDisposable> {
  const clock = systemClock();
  for (let told = false; ; ) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(`${process.pid} ${startOf(process.pid)}`);
      await handle.close();
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = await ownerOf(file);
    if (owner === 'gone') await rm(file, { force: true });
    else if (owner !== 'none') {
      if (!told) notice?.(`waiting for another plumpos (process ${owner}), which holds ${file}`);
      told = true;
      await sleep(clock, LOOK_AGAIN_MS, signal);
    }
  }
}

/** The process that holds a lock; its start time tells it from a later one with its number. None: it was given back just now. */
async function ownerOf(file: string): Promise<number | 'gone' | 'none'> {
  const text = await textOf(file);
  if (text === undefined) return 'none';
  const [, pid = '', started] = /^(\d+)(?: (\d+))?$/.exec(text) ?? [];
  if (pid === '') {
    // Just made and not yet written, or left by a crash in between: give its maker a moment.
    await sleep(systemClock(), LOOK_AGAIN_MS);
    return (await textOf(file)) === text ? 'gone' : await ownerOf(file);
  }
  return isAlive(Number(pid), started) ? Number(pid) : 'gone';
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number, started: string | undefined): boolean {
  const now = startOf(pid);
  if (now !== undefined && started !== undefined) return now === started;
  // Another user's, where /proc hides them.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks from the boot to the start of the process. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
