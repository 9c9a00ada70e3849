import { stat } from 'node:fs/promises';
import { hashFile } from '../cache/hash-files.ts';
import type { DebReference } from '../formats/print-uris.ts';

/** Is a package file there as apt described it? `thoroughly`: by its hash; otherwise its size is believed. */
export async function isSoundDeb(
  file: string,
  deb: Pick<DebReference, 'size' | 'hash'>,
  thoroughly: boolean,
): Promise<boolean> {
  if ((await stat(file).catch(() => undefined))?.size !== deb.size) return false;
  return !thoroughly || `SHA256:${await hashFile(file)}` === deb.hash;
}
