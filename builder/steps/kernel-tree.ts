import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * The modules a kernel build tree holds, relative to it: what its modules.order names (older trees write `.ko`, since 6.2
 * `.o`), as far as they are built.
 */
export async function treeModules(tree: string): Promise<string[]> {
  const order = path.join(tree, 'modules.order');
  if (!existsSync(order)) return [];
  return (await readFile(order, 'utf8'))
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^kernel\//, '')
        .replace(/\.o$/, '.ko'),
    )
    .filter((line) => line.endsWith('.ko') && !path.isAbsolute(line) && !line.split('/').includes('..'))
    .filter((line) => existsSync(path.join(tree, line)));
}
