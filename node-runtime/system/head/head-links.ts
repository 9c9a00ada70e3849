import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** Where the links of a head lie. */
const LINK_FOLDER = '/usr/local/bin';

/**
 * Links `names` to one program, never over an existing file and never in front of a program of that name elsewhere.
 * @returns the links made.
 */
export function makeLinks(
  names: readonly string[],
  program: string,
  folder: string = LINK_FOLDER,
  searchPath: string = process.env['PATH'] ?? '',
): string[] {
  mkdirSync(folder, { recursive: true });
  return names.flatMap((name) => {
    const link = path.join(folder, name);
    if (entryExists(link) || searchPath.split(':').some((one) => one !== '' && existsSync(path.join(one, name))))
      return [];
    symlinkSync(program, link);
    return [link];
  });
}

/** Takes away those links that still lead to the program. */
export function removeLinks(links: readonly string[], program: string): void {
  for (const link of links) if (leadsTo(link, program)) rmSync(link);
}

function entryExists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function leadsTo(link: string, program: string): boolean {
  try {
    return readlinkSync(link) === program;
  } catch {
    return false;
  }
}
