import { renameSync, writeFileSync } from 'node:fs';

/** Written beside and renamed: whoever reads the file finds all of the old text or all of the new one. @param mode as open(2) takes it */
export function replaceFile(file: string, text: string, mode = 0o666): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}
