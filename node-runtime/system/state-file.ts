import { readFileSync } from 'node:fs';
import { messageOf, PlumpError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Decoder } from '../base/decoder.ts';
import { replaceFile } from './replace-file.ts';

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

/** As {@link readState}; what is damaged is told in the log, and given up. */
export function recallState<T>(file: string, decode: Decoder<T>, log: Pick<Log, 'warn'>): T | undefined {
  try {
    return readState(file, decode);
  } catch (error) {
    log.warn(messageOf(error));
    return undefined;
  }
}

/** Whole or not at all. Readable by root only. */
export function keepState(file: string, state: unknown): void {
  replaceFile(file, JSON.stringify(state), 0o600);
}
