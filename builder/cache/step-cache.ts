import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { touch } from './touch.ts';

/** Everything a result depends on, by name: hashes, versions, options. Named so that a rebuild can say what changed. */
export type StepInputs = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What came of asking for a result. */
export interface StepResult {
  /** Folder that holds the result; not to be written to. */
  readonly folder: string;
  /** Why it was made, or undefined when it was there. */
  readonly why: string | undefined;
}

/** Results of steps by the hash over their inputs, in the cache folder. A result is written beside and renamed: it is there whole or not at all. */
export class StepCache {
  readonly #root: string;
  readonly #use: boolean;

  constructor(cache: string, { use = true } = {}) {
    this.#root = path.join(cache, 'steps');
    this.#use = use;
  }

  /** The result of step `name` for `inputs`; `make` fills an empty folder when there is none (or the cache is not to be used). */
  async result(name: string, inputs: StepInputs, make: (folder: string) => Promise<void>): Promise<StepResult> {
    const folder = path.join(this.#root, `${name}-${hash('sha256', JSON.stringify(inputs)).slice(0, 20)}`);
    const there = existsSync(folder);
    if (there && this.#use) {
      await touch([folder]);
      return { folder, why: undefined };
    }
    const why = there ? '--no-cache' : await this.#whatChanged(name, inputs);
    await mkdir(this.#root, { recursive: true });
    const work = await mkdtemp(path.join(this.#root, '.work-'));
    try {
      await make(work);
      await rm(folder, { recursive: true, force: true });
      await rename(work, folder).catch(async (error: NodeJS.ErrnoException) => {
        // Another build made the same result meanwhile: equally good.
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    await writeFile(path.join(this.#root, `${name}.json`), JSON.stringify(inputs));
    return { folder, why };
  }

  async #whatChanged(name: string, inputs: StepInputs): Promise<string> {
    const last = await readFile(path.join(this.#root, `${name}.json`), 'utf8').catch(() => undefined);
    if (last === undefined) return 'first time';
    const before = JSON.parse(last) as StepInputs;
    const keys = [...new Set([...Object.keys(before), ...Object.keys(inputs)])];
    const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(inputs[key]));
    return changed.length === 0 ? 'not in the cache any more' : `changed: ${changed.join(', ')}`;
  }
}
