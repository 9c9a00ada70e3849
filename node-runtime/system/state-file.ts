import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { PlumpError } from '../base/errors.ts';
import type { Decoder } from '../base/decoder.ts';

/** What was kept for the next agent, or undefined when nothing was. @throws PlumpError PLUMP_PROTOCOL when it is damaged. */
export function readState<T>(file: string, decode: Decoder<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return decode(JSON.parse(text), file);
  } catch (cause) {
    throw new PlumpError('PLUMP_PROTOCOL', `${file} cannot be read`, { cause });
  }
}

/** Written beside and renamed: whole or not at all. Readable by root only. */
export function keepState(file: string, state: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
