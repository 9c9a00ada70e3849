import { messageOf, PlumpError } from '#runtime/base/errors.ts';
import type { Tools } from './tool-tree.ts';

/** What a second attempt is made with. */
const ONE_THREAD = ['-processors', '1'];

/**
 * Makes a squashfs and reads it back whole. mksquashfs 4.5 on a busy machine has written a file now and then (one of some
 * twenty) that no kernel could read to its end, and said nothing; a cache would keep it. Reading costs about a second.
 * @param make runs mksquashfs with these arguments more; called once more, for one thread, when the first result is damaged
 * @throws PlumpError PLUMP_TOOL when the second one is damaged too, or what `make` throws
 */
export async function makeSound(
  tools: Pick<Tools, 'run'>,
  out: string,
  make: (more: readonly string[]) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  await make([]);
  if ((await damage(tools, out, signal)) === undefined) return;
  await make(ONE_THREAD);
  const left = await damage(tools, out, signal);
  if (left !== undefined)
    throw new PlumpError('PLUMP_TOOL', `mksquashfs wrote a damaged ${out}, twice: ${left}`, {
      hint: 'is the disk full, or the RAM of this machine bad?',
    });
}

/** Why the file cannot be read to its end; undefined where it can. A pseudo file holds the content of every file. */
async function damage(tools: Pick<Tools, 'run'>, file: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const words = ['-quiet', '-no-progress', '-pf', '/dev/null', file];
    await tools.run('unsquashfs', words, signal === undefined ? {} : { cancelSignal: signal });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return messageOf(error);
  }
}
