import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { messageOf, PlumpError } from '#runtime/base/errors.ts';
import { decodeJoinCode, encodeJoinCode, SECRET_BYTES } from '#runtime/model/join-code.ts';

/** A cluster's join code, and whether it was made just now. */
export interface ClusterKey {
  readonly code: string;
  readonly isNew: boolean;
}

/**
 * The cluster's join code out of `file`; a first build makes it. An existing file is never written to.
 * @throws PlumpError PLUMP_KEY when the file holds no join code, or cannot be read or made. No message holds the code.
 */
export async function readOrMakeKey(file: string): Promise<ClusterKey> {
  const code = encodeJoinCode(randomBytes(SECRET_BYTES));
  try {
    await writeFile(file, `${code}\n`, { mode: 0o600, flag: 'wx' });
    return { code, isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(file, error);
  }
  return { code: await readKey(file), isNew: false };
}

/**
 * The join code out of `file`; undefined where there is no such file.
 * @throws PlumpError PLUMP_KEY as {@link readOrMakeKey}
 */
export async function readKeyIfThere(file: string): Promise<string | undefined> {
  try {
    return await readKey(file);
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readKey(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim().split('\n')[0] ?? '';
  } catch (error) {
    throw unusable(file, error);
  }
  try {
    return encodeJoinCode(decodeJoinCode(text));
  } catch (cause) {
    throw new PlumpError('PLUMP_KEY', `${file} holds no join code: ${messageOf(cause)}`, {
      hint: "bring back the cluster's own file; 'plumpos key new' makes a new secret, and old media then join no more",
      cause,
    });
  }
}

function unusable(file: string, cause: unknown): PlumpError {
  return new PlumpError('PLUMP_KEY', `the cluster key ${file} cannot be used: ${messageOf(cause)}`, {
    hint: 'it belongs to whoever builds; --no-key builds without it',
    cause,
  });
}
