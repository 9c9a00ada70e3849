import { PlumpError } from '#runtime/base/errors.ts';
import { printable } from './printable.ts';

/** One add-on of `packages/list`. */
export interface ListEntry {
  /** Name of the tarball in the packages folder; may lie in a sub-folder of it. */
  readonly file: string;
  /** Hex digits the file's SHA-256 must have. */
  readonly sha256?: string;
  /** May it take paths that another add-on or the base owns? */
  readonly replace: boolean;
  /** Line of the list, from 1. */
  readonly line: number;
}

/** The old form names the path on the running node; the new one says "in the packages folder of the medium". */
const FORMS = [/^\/cdrom\/packages\/(.+)$/, /^cdrom:(.+)$/];
/** Names of add-ons. */
export const TARBALL = /\.(tar\.gz|tgz|tar\.xz|txz|tar\.zst|tzst)$/;

/**
 * Reads a list of add-ons: one a line, `#` comments and blank lines skipped; install order is line order.
 * @throws PlumpError PLUMP_PACKAGE naming `where` and the line.
 */
export function parsePackageList(text: string, where: string): ListEntry[] {
  const entries: ListEntry[] = [];
  text.split(/\r?\n/).forEach((raw, i) => {
    const words = raw
      .replace(/(^|\s)#.*$/, '')
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length > 0) entries.push(parseLine(words, `${where}:${i + 1}`, i + 1));
  });
  for (const [i, entry] of entries.entries()) {
    const first = entries.findIndex((other) => other.file === entry.file);
    if (first !== i)
      throw bad(`${where}:${entry.line}`, `${entry.file} is listed already in line ${entries[first]?.line}`);
  }
  return entries;
}

function parseLine(words: readonly string[], where: string, line: number): ListEntry {
  const [name = '', ...rest] = words;
  const file = FORMS.map((form) => form.exec(name)?.[1]).find((found) => found !== undefined);
  if (file === undefined)
    throw bad(
      where,
      `'${printable(name)}' is not understood`,
      'write cdrom:NAME.tar.gz or /cdrom/packages/NAME.tar.gz',
    );
  if (
    file.split('/').some((part) => part === '' || part === '.' || part === '..') ||
    /[^ -[\]-~\u00a0-\uffff]/.test(file)
  )
    throw bad(where, `'${printable(file)}' leaves the packages folder`);
  if (!TARBALL.test(file)) throw bad(where, `${printable(file)} is not a tarball (.tar.gz, .tar.xz or .tar.zst)`);
  let sha256: string | undefined;
  let replace = false;
  for (const word of rest) {
    if (word === 'replace' && !replace) replace = true;
    else if (/^sha256:[0-9a-f]{64}$/i.test(word) && sha256 === undefined) sha256 = word.slice(7).toLowerCase();
    else
      throw bad(
        where,
        `'${printable(word)}' is not understood`,
        'after the name: sha256:64-HEX-DIGITS and the word replace',
      );
  }
  return { file, replace, line, ...(sha256 === undefined ? {} : { sha256 }) };
}

function bad(where: string, message: string, hint?: string): PlumpError {
  return new PlumpError('PLUMP_PACKAGE', `${where}: ${message}`, hint === undefined ? {} : { hint });
}
