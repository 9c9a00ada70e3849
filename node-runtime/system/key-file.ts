import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, PlumpError } from '../base/errors.ts';
import { decodeJoinCode, encodeJoinCode } from '../model/join-code.ts';

/**
 * The cluster secret in a key file: the join code on its first line.
 * @throws PlumpError PLUMP_KEY naming the file: missing, unreadable, or holding no join code.
 */
export function readKeyFile(file: string): Uint8Array {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new PlumpError('PLUMP_KEY', missing ? `there is no key file ${file}` : `${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
  try {
    return decodeJoinCode(text.trim().split('\n')[0] ?? '');
  } catch (cause) {
    const hint = cause instanceof PlumpError ? cause.hint : undefined;
    throw new PlumpError('PLUMP_KEY', `${file}: ${messageOf(cause)}`, {
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** The secret of a key file, or undefined where there is no such file. */
export function readKeyFileIfThere(file: string): Uint8Array | undefined {
  try {
    return readKeyFile(file);
  } catch (error) {
    if (error instanceof PlumpError && (error.cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a key file for its owner alone (mode 0600), whole or not at all. */
export function writeKeyFile(file: string, secret: Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const beside = `${file}.new`;
  rmSync(beside, { force: true });
  writeFileSync(beside, `${encodeJoinCode(secret)}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(beside, 0o600);
  renameSync(beside, file);
}
