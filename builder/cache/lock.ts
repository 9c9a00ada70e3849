import { open, readFile, rm } from 'node:fs/promises';
import { systemClock, sleep } from '#runtime/base/clock.ts';

const LOOK_AGAIN_MS = 200;

/**
 * Holds a lock file while another process may want the same folder; waits for its turn. A lock whose owner is gone is taken over.
 * @param file path of the lock; its folder must exist.
 */
export async function lock(file: string, signal?: AbortSignal): Promise<AsyncDisposable> {
  const clock = systemClock();
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await ownerIsGone(file)) await rm(file, { force: true });
    else await sleep(clock, LOOK_AGAIN_MS, signal);
  }
}

async function ownerIsGone(file: string): Promise<boolean> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) {
    // Just made and not yet written, or left by a crash in between: give its maker a moment.
    await sleep(systemClock(), LOOK_AGAIN_MS);
    return (await readFile(file, 'utf8').catch(() => 'gone')) === '';
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
