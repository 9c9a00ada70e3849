import { spawn } from 'node:child_process';
import { cpSync, createReadStream, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { PlumpError } from '../../base/errors.ts';

/** Where the tree of a head lies: its programs find their loader and libraries there by absolute path. */
export const HEAD_TREE = '/usr/lib/plumpos';

/** A tree to install: the archive `plumpos build` makes, or the unpacked one this very program runs from. */
export type HeadTreeSource = { readonly archive: string } | { readonly folder: string };

/**
 * Finds the tree to install.
 * @param program the file that runs now (…/tools.cjs of a tree, or node-runtime/tools.ts of a checkout).
 * @param folders where final/head.tar.zst may be: the working directory first.
 * @throws PlumpError PLUMP_INPUT when there is none.
 */
export function findHeadTree(program: string, folders: readonly string[]): HeadTreeSource {
  const own = path.dirname(program);
  if (existsSync(path.join(own, 'agent.cjs')) && existsSync(path.join(own, 'bin/node'))) return { folder: own };
  const archives = folders.map((folder) => path.join(folder, 'final/head.tar.zst'));
  const archive = archives.find((file) => existsSync(file));
  if (archive !== undefined) return { archive };
  throw new PlumpError('PLUMP_INPUT', `the programs of a head are not there: no ${archives.join(', no ')}`, {
    hint: "make them with './plumpos build', then join from the same folder",
  });
}

/** Puts the tree in its place, whole or not at all, owned by root. */
export async function installHeadTree(source: HeadTreeSource, target: string = HEAD_TREE): Promise<void> {
  const beside = mkdtempSync(`${target}.new-`);
  try {
    if ('archive' in source) await unpack(source.archive, beside);
    else cpSync(source.folder, path.join(beside, 'plumpos'), { recursive: true, verbatimSymlinks: true });
    const unpacked = path.join(beside, 'plumpos');
    for (const file of ['agent.cjs', 'tools.cjs', 'bin/node'])
      if (!existsSync(path.join(unpacked, file)))
        throw new PlumpError('PLUMP_INPUT', `${JSON.stringify(source)} holds no ${file}`, {
          hint: "make it anew with './plumpos build'",
        });
    rmSync(target, { recursive: true, force: true });
    renameSync(unpacked, target);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** By the machine's own tar; its zstd may be missing, Node.js brings one. */
async function unpack(archive: string, into: string): Promise<void> {
  const tar = spawn('tar', ['-x', '--no-same-owner', '-p', '-f', '-', '-C', into], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let words = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const closed = once(tar, 'close') as Promise<[number | null]>;
  try {
    await pipeline(createReadStream(archive), createZstdDecompress(), tar.stdin);
  } catch (cause) {
    // Node.js destroys the stdin of a child that has ended, which tar may have before it is known that all was written.
    const complete = (cause as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE' && (await closed)[0] === 0;
    if (complete) return;
    tar.kill('SIGKILL');
    await closed;
    throw new PlumpError('PLUMP_INPUT', `${archive} is damaged`, {
      cause,
      hint: "make it anew with './plumpos build'",
    });
  }
  const [status] = await closed;
  if (status !== 0) throw new PlumpError('PLUMP_DISK', `unpacking ${archive} failed: ${words.trim()}`);
}
