import { PlumpError } from '#runtime/base/errors.ts';
import { MODULE_FILE } from '../formats/kernel-module.ts';
import { moduleClosure, type ModuleIndex } from '../formats/modules-files.ts';

/** rootfs/modules.json: patterns of what reaches the medium, what a node needs, and what stays out. */
export interface ModuleLists {
  readonly medium: readonly string[];
  readonly node: readonly string[];
  readonly never: readonly string[];
}

/** Names of the chosen modules: those of the initrd, and those of the node (the initrd's among them). */
export interface ModuleChoice {
  readonly initrd: ReadonlySet<string>;
  readonly node: ReadonlySet<string>;
}

/** Decodes rootfs/modules.json. */
export function decodeModuleLists(text: string, where: string): ModuleLists {
  try {
    const raw = JSON.parse(text) as Record<string, unknown>;
    return { medium: strings(raw['medium']), node: strings(raw['node']), never: strings(raw['never']) };
  } catch (cause) {
    throw new PlumpError('PLUMP_CONFIG', `${where} must hold three lists of patterns: medium, node, never`, { cause });
  }
}

function strings(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
    throw new TypeError('not a list of texts');
  return value;
}

/**
 * Chooses modules by pattern and adds what they need. A name on the `never` list stays out unless another module needs it.
 * `everything` takes all modules for the node; the initrd keeps to its list, or it would not fit into little RAM.
 */
export function chooseModules(index: ModuleIndex, lists: ModuleLists, everything: boolean): ModuleChoice {
  const never = lists.never.map(pattern);
  const matching = (patterns: readonly string[]) => {
    const wanted = patterns.map(pattern);
    return [...index.paths].filter(([, file]) => {
      const plain = file.replace(MODULE_FILE, '.ko');
      return wanted.some((one) => one.test(plain)) && !never.some((one) => one.test(plain));
    });
  };
  const names = (found: [string, string][]) => found.map(([name]) => name);
  const initrd = moduleClosure(index, names(matching(lists.medium)));
  const node = everything
    ? new Set(index.paths.keys())
    : moduleClosure(index, [...initrd, ...names(matching(lists.node))]);
  return { initrd, node };
}

function pattern(text: string): RegExp {
  const escaped = text.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*');
  return new RegExp(`^${escaped}${text.endsWith('/') ? '.*' : '$'}`);
}
