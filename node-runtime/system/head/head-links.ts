import { existsSync, lstatSync, mkdirSync, readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** A link on this machine into the tree of a head. */
export interface HeadLink {
  readonly at: string;
  readonly to: string;
}

/** Where the links of a head lie: for every user's PATH, for bash-completion and for man. */
const LOCAL = '/usr/local';
const COMPLETIONS = 'share/bash-completion/completions';
const MAN_PAGE = 'share/man/man1/plumpos.1';

/** What in the tree is linked. */
export interface LinkTargets {
  readonly program: string;
  readonly completion: string;
  readonly manPage: string;
}

/**
 * The links to make for these names: never over an existing file and never in front of a program of that name elsewhere, whose
 * own completion stays, too.
 */
export function headLinks(
  names: readonly string[],
  { program, completion, manPage }: LinkTargets,
  local: string = LOCAL,
  searchPath: string = process.env['PATH'] ?? '',
): HeadLink[] {
  const free = names.filter(
    (name) =>
      !entryExists(path.join(local, 'bin', name)) &&
      !searchPath.split(':').some((folder) => folder !== '' && existsSync(path.join(folder, name))),
  );
  const help = [
    ...free.map((name) => ({ at: path.join(local, COMPLETIONS, name), to: completion })),
    { at: path.join(local, MAN_PAGE), to: manPage },
  ];
  return [
    ...free.map((name) => ({ at: path.join(local, 'bin', name), to: program })),
    ...help.filter(({ at }) => !entryExists(at)),
  ];
}

/** The folders that are missing for these files, from the top down. */
export function missingFolders(files: readonly string[]): string[] {
  const missing = new Set<string>();
  const look = (folder: string) => {
    if (existsSync(folder)) return;
    look(path.dirname(folder));
    missing.add(folder);
  };
  for (const file of files) look(path.dirname(file));
  return [...missing];
}

/** Makes the links, and the folders they need. */
export function makeLinks(links: readonly HeadLink[]): void {
  for (const { at, to } of links) {
    mkdirSync(path.dirname(at), { recursive: true });
    symlinkSync(to, at);
  }
}

/** Takes away those links that still lead into the tree. */
export function removeLinks(links: readonly string[], tree: string): void {
  for (const link of links) if (leadsInto(link, tree)) rmSync(link);
}

/** Takes away those folders that nobody else has put anything into. */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      // Somebody else's file is in it, or it is gone already.
    }
  }
}

function entryExists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function leadsInto(link: string, tree: string): boolean {
  try {
    return readlinkSync(link).startsWith(`${tree}/`);
  } catch {
    return false;
  }
}
