import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { run } from '#builder/host/exec.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** The last line of `plumpos build --json`. */
interface BuildResult {
  readonly seconds: number;
  readonly sizes: Readonly<Record<string, number>>;
}

/** Builds of one kind after the other in a cache of their own. */
export interface Builds {
  /** Nothing there: everything is fetched and made. */
  readonly cold: BuildResult;
  readonly unchanged: BuildResult;
  readonly onePackageChanged: BuildResult;
  readonly xz: BuildResult;
  readonly withoutChain: BuildResult;
}

/** Runs them; what they made is removed again. */
export async function measureBuilds(signal: AbortSignal): Promise<Builds> {
  const work = await mkdtemp(path.join(os.tmpdir(), 'plumpos-bench-'));
  const build = async (...words: string[]): Promise<BuildResult> => {
    console.error(`  plumpos build ${words.join(' ')}`);
    const env = { PLUMPOS_CACHE: path.join(work, 'cache') };
    const options = { cwd: work, env, stderr: 'ignore', cancelSignal: signal } as const;
    const { stdout } = await execa(path.join(root, 'plumpos'), ['build', '--json', ...words], options);
    return JSON.parse(stdout.split('\n').at(-1) ?? '') as BuildResult;
  };
  try {
    const [cold, unchanged] = [await build(), await build()];
    await writeAddon(work, 'first');
    await build('--packages', 'addons');
    await writeAddon(work, 'second');
    const onePackageChanged = await build('--packages', 'addons');
    return {
      cold,
      unchanged,
      onePackageChanged,
      xz: await build('--compress', 'xz'),
      withoutChain: await build('--no-secure-boot'),
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** An add-on of one megabyte whose content is `seed`'s. */
async function writeAddon(work: string, seed: string): Promise<void> {
  const folder = path.join(work, 'addons');
  await mkdir(path.join(work, 'tree/opt'), { recursive: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(work, 'tree/opt/data'), Buffer.alloc(1_000_000, seed));
  await run('tar', ['-C', path.join(work, 'tree'), '-czf', path.join(folder, 'data.tar.gz'), 'opt']);
  await writeFile(path.join(folder, 'list'), 'cdrom:data.tar.gz\n');
}
