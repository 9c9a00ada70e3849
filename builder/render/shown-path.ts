import path from 'node:path';

/** A path as a printed command holds it: short below the working directory, and quoted where a shell would take it apart. */
export function shownPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  const shown = relative === '..' || relative.startsWith('../') ? file : relative || '.';
  return /^[\w@%+:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}
