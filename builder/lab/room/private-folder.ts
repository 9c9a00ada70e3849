import { spawn } from 'node:child_process';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { PlumpError } from '#runtime/base/errors.ts';

/**
 * A folder only this user can look into, gone when it is disposed or this process ends in whatever way: a shell waits for
 * the end of a pipe that the kernel closes with us.
 * @throws PlumpError PLUMP_LAB when something of another user has that name.
 */
export async function privateFolder(folder: string): Promise<AsyncDisposable> {
  const there = await lstat(folder).catch(() => undefined);
  if (there && (there.isSymbolicLink() || there.uid !== process.getuid?.()))
    throw new PlumpError('PLUMP_LAB', `${folder} belongs to somebody else`, { hint: 'name another: PLUMPOS_LAB=DIR' });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  await chmod(folder, 0o700);
  const script = 'read -r _; exec rm -rf -- "$1"';
  const keeper = spawn('sh', ['-c', script, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
  return {
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => keeper.once('exit', resolve));
      keeper.stdin.end();
      if (keeper.exitCode === null) await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
