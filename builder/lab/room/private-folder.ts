import { spawn } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';

/** A folder with this file in it is one of ours, which a crash left. */
const MARK = '.plumpos-lab';

/**
 * A folder only this user can look into, gone when it is disposed or this process ends in whatever way: a shell waits for
 * the end of a pipe that the kernel closes with us.
 * @throws PlumpError PLUMP_LAB when something of another user, or with other things in it, has that name.
 */
export async function privateFolder(folder: string): Promise<AsyncDisposable> {
  await refuseStrange(folder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  await chmod(folder, 0o700);
  await writeFile(path.join(folder, MARK), '');
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

async function refuseStrange(folder: string): Promise<void> {
  const there = await lstat(folder).catch(() => undefined);
  if (there === undefined) return;
  const hint = 'name another: PLUMPOS_LAB=DIR';
  if (!there.isDirectory() || there.uid !== process.getuid?.())
    throw new PlumpError('PLUMP_LAB', `${folder} is not a folder of yours`, { hint });
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(MARK))
    throw new PlumpError('PLUMP_LAB', `${folder} has other things in it`, { hint });
}
