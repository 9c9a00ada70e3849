import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { type ListEntry, parsePackageList } from '../formats/package-list.ts';

/** One tarball to lay over the base, and the line that wants it. */
export interface AddonSource extends ListEntry {
  /** The tarball. */
  readonly path: string;
  /** `packages/list:3`, for messages. */
  readonly where: string;
}

/** All add-ons of a build. */
export interface Addons {
  readonly tarballs: readonly AddonSource[];
  /** The user's overlay folder, laid last. */
  readonly overlay: string | undefined;
  /** Texts of the lists, for the record on the medium. */
  readonly list: string;
}

/**
 * Finds the add-ons of a build.
 * @param folders folders that may hold a `list`, in order; tarballs lie beside their list.
 * @param overlay folder with the user's own files.
 * @param cwd messages name the lists relative to it.
 * @throws PlumpError PLUMP_PACKAGE naming list and line for a line that is wrong and for a missing tarball.
 */
export function findAddons(folders: readonly string[], overlay: string | undefined, cwd: string): Addons {
  const lists = folders.map((folder) => path.join(folder, 'list')).filter((list) => existsSync(list));
  const tarballs = lists.flatMap((list) => readList(list, path.relative(cwd, list)));
  return { tarballs, overlay, list: lists.map(text).join('') };
}

function readList(list: string, shown: string): AddonSource[] {
  return parsePackageList(text(list), shown).map((entry) => {
    const file = path.join(path.dirname(list), entry.file);
    const where = `${shown}:${entry.line}`;
    if (!existsSync(file) || !statSync(file).isFile())
      throw new PlumpError('PLUMP_PACKAGE', `${where}: there is no ${file}`, {
        hint: `put the tarball there, or take the line out of ${shown}`,
      });
    return { ...entry, path: file, where };
  });
}

function text(list: string): string {
  const whole = readFileSync(list, 'utf8');
  return whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`;
}
