import { moduleName } from './kernel-module.ts';

/** The modules of one kernel, as depmod's text files tell. All maps go by module name. */
export interface ModuleIndex {
  /** Path below `lib/modules/RELEASE/`. */
  readonly paths: ReadonlyMap<string, string>;
  /** All modules one needs, its dependencies' dependencies too, as modules.dep lists them. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** Modules to load before and after one, where they exist. */
  readonly soft: ReadonlyMap<string, readonly string[]>;
  /** Built into the kernel. */
  readonly builtin: ReadonlySet<string>;
}

/** Texts of the files of one `lib/modules/RELEASE/`; a missing file is an empty text. */
export interface ModuleTexts {
  readonly dep: string;
  readonly softdep: string;
  readonly builtin: string;
}

/** Reads modules.dep, modules.softdep and modules.builtin. Lines of another form are skipped: depmod writes comments. */
export function readModuleIndex(texts: ModuleTexts): ModuleIndex {
  const paths = new Map<string, string>();
  const needs = new Map<string, string[]>();
  for (const line of texts.dep.split('\n')) {
    const found = /^([^:\s]+):\s*(.*)$/.exec(line);
    if (!found) continue;
    const file = found[1] as string;
    paths.set(moduleName(file), file);
    needs.set(moduleName(file), words(found[2] as string).map(moduleName));
  }
  return { paths, needs, soft: readSoftDeps(texts.softdep), builtin: new Set(words(texts.builtin).map(moduleName)) };
}

/** Lines of the form `softdep NAME pre: A B post: C`. */
function readSoftDeps(text: string): Map<string, string[]> {
  const soft = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [word, name, ...rest] = words(line);
    if (word !== 'softdep' || name === undefined) continue;
    const named = rest.filter((one) => !one.endsWith(':')).map(moduleName);
    const key = moduleName(name);
    soft.set(key, [...(soft.get(key) ?? []), ...named]);
  }
  return soft;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Everything `wanted` needs to work: dependencies and soft dependencies, of those too. Unknown names are left out. */
export function moduleClosure(index: ModuleIndex, wanted: Iterable<string>): Set<string> {
  const chosen = new Set<string>();
  const open = [...wanted].map(moduleName);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (chosen.has(name) || !index.paths.has(name)) continue;
    chosen.add(name);
    open.push(...(index.needs.get(name) ?? []), ...(index.soft.get(name) ?? []));
  }
  return chosen;
}

/**
 * modules.dep with soft dependencies turned into hard ones. busybox's modprobe knows no softdep, and without its PHY
 * driver r8169 has no link.
 */
export function hardenSoftDeps(dep: string, softdep: string): string {
  const index = readModuleIndex({ dep, softdep, builtin: '' });
  const lines = dep.split('\n').map((line) => {
    const file = line.split(':')[0] ?? '';
    const name = moduleName(file);
    const extra = [...moduleClosure(index, index.soft.get(name) ?? [])]
      .filter((one) => one !== name && !index.needs.get(name)?.includes(one) && !needsBack(index, one, name))
      .map((one) => index.paths.get(one) as string);
    return extra.length === 0 ? line : `${line.trimEnd()} ${extra.join(' ')}`;
  });
  return lines.join('\n');
}

/** A soft dependency that itself needs the module would make a circle (post: dependencies do so). */
function needsBack(index: ModuleIndex, one: string, name: string): boolean {
  return moduleClosure(index, [one]).has(name);
}
