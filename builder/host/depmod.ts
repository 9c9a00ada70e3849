import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ModuleIndex, readModuleIndex } from '../formats/modules-files.ts';
import type { Tools } from './tool-tree.ts';

/** Makes modules.dep and its relatives for `root`/lib/modules/`release` and reads them. */
export async function depmod(tools: Tools, root: string, release: string): Promise<ModuleIndex> {
  await tools.run('depmod', ['-b', root, release]);
  const read = (name: string) => readText(path.join(root, 'lib/modules', release, name));
  return readModuleIndex({
    dep: read('modules.dep'),
    softdep: read('modules.softdep'),
    builtin: read('modules.builtin'),
  });
}

/** Text of a file, empty where it is missing. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
