import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { type ListEntry, parsePackageList, TARBALL } from '../formats/package-list.ts';

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

/** Folders that may hold a `list`, in order; tarballs lie beside their list. */
const FOLDERS = ['packages', 'rootdisk/packages'];

/**
 * Finds the add-ons of a build below `cwd`.
 * @param packages folder of `--packages`, taken instead of the usual two.
 * @param overlay folder of `--overlay`; without it `overlay/` is taken where it is there.
 * @throws PlumpError PLUMP_PACKAGE naming list and line for a line that is wrong and for a missing tarball, and for tarballs without a
 *   list; PLUMP_INPUT for a folder that was named and is missing, and for an overlay that is none.
 */
export function findAddons(cwd: string, packages: string | undefined, overlay: string | undefined): Addons {
  if (packages !== undefined) mustBeFolder(path.resolve(cwd, packages), '--packages');
  if (overlay !== undefined) mustBeFolder(path.resolve(cwd, overlay), '--overlay');
  const folders = (packages === undefined ? FOLDERS : [packages]).map((folder) => path.resolve(cwd, folder));
  const lists = folders.flatMap((folder) => listIn(folder, packages !== undefined));
  const laid = path.resolve(cwd, overlay ?? 'overlay');
  if (existsSync(laid) && !isFolder(laid))
    throw new PlumpError('PLUMP_INPUT', `${laid} is no folder`, {
      hint: 'it holds the files to be laid over everything else',
    });
  return {
    tarballs: lists.flatMap((list) => readList(list, path.relative(cwd, list))),
    overlay: isFolder(laid) ? laid : undefined,
    list: lists.map(text).join(''),
  };
}

/** The list of a folder, which alone says what is laid. */
function listIn(folder: string, wanted: boolean): string[] {
  const list = path.join(folder, 'list');
  if (existsSync(list)) {
    if (statSync(list).isFile()) return [list];
    throw new PlumpError('PLUMP_PACKAGE', `${list} is no file`, { hint: 'it names the tarballs, one a line' });
  }
  const lonely = isFolder(folder) ? readdirSync(folder).find((name) => TARBALL.test(name)) : undefined;
  if (!wanted && lonely === undefined) return [];
  throw new PlumpError('PLUMP_PACKAGE', `${folder} has no list: nothing in it would be laid`, {
    hint: `write the names of the tarballs into ${list}, one a line, e.g. cdrom:${lonely ?? 'NAME.tar.gz'}`,
  });
}

function isFolder(file: string): boolean {
  return existsSync(file) && statSync(file).isDirectory();
}

function mustBeFolder(file: string, option: string): void {
  if (!isFolder(file)) throw new PlumpError('PLUMP_INPUT', `${option}: there is no folder ${file}`);
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
