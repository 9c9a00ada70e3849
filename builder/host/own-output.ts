import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';

/** File of an output folder that names every other one a build put there, in the form of sha256sum. */
export const STAMP = 'SHA256SUMS';
/** Folders of a build that was killed while it put its results in place begin so; they hold the new stamp until the end. */
export const BESIDE = '.new-';
/** In sources/: which packages are there, and for what. */
export const SOURCE_LIST = 'list';

const FOLDERS = ['pxe'];
const FILES = ['plumpos.iso', 'head.tar.zst', 'manifest.json', 'sbom.spdx.json', STAMP, 'build.log'];
const SOURCE_LINE = /^\S+ \S+ {2}\(.+\)/;

/**
 * Refuses an output folder in which a build would replace what no build put there.
 * @param sources is `sources/` made, too?
 * @throws PlumpError PLUMP_INPUT naming what is somebody else's
 */
export function refuseForeignOutput(out: string, sources: boolean): void {
  const known = ownNames(out);
  const foreign = [
    ...FILES.filter((name) => existsSync(path.join(out, name)) && !(known.has(name) && isFile(path.join(out, name)))),
    ...FOLDERS.flatMap((name) => foreignBelow(out, name, known)),
    ...(sources && !areSources(path.join(out, 'sources')) ? ['sources'] : []),
  ];
  if (foreign[0] === undefined) return;
  throw new PlumpError('PLUMP_INPUT', `${path.join(out, foreign[0])} was not made by a build, which would replace it`, {
    hint: 'name another folder: --out DIR; or move it away',
  });
}

/** What a build put there; a stamp of another program names no image of ours. */
function ownNames(out: string): ReadonlySet<string> {
  const names = globSync([STAMP, `${BESIDE}*/${STAMP}`], { cwd: out }).flatMap((stamp) =>
    namesIn(path.join(out, stamp)),
  );
  return new Set(names.includes('plumpos.iso') ? [...names, STAMP, 'build.log'] : []);
}

function namesIn(stamp: string): string[] {
  if (!isFile(stamp)) return [];
  return readFileSync(stamp, 'utf8')
    .split('\n')
    .map((line) => line.slice(line.indexOf('  ') + 2));
}

function foreignBelow(out: string, folder: string, known: ReadonlySet<string>): string[] {
  const whole = path.join(out, folder);
  if (!existsSync(whole)) return [];
  if (!statSync(whole).isDirectory()) return [folder];
  return readdirSync(whole, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)))
    .filter((name) => !known.has(name));
}

function areSources(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const list = path.join(folder, SOURCE_LIST);
  return isFile(list) && SOURCE_LINE.test(readFileSync(list, 'utf8'));
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
