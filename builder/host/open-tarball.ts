import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { execa } from 'execa';
import type { Tools } from './tool-tree.ts';

/** Opens a packed tarball as a plain tar stream; the ending of its name tells how it is packed. Errors come on the stream. */
export function openTarball(tools: Tools, file: string): Readable {
  if (/\.t?xz$/.test(file)) return fromProgram(tools.command('xz'), ['-dc', '--', file]);
  const unpack = /\.(zst|tzst)$/.test(file) ? createZstdDecompress() : createGunzip();
  // pipeline destroys both ends on an error of either; the error itself reaches the reader through `unpack`.
  return pipeline(createReadStream(file), unpack, () => {});
}

/** The files inside a Debian package, as a tar stream. dpkg-deb is there wherever apt is. */
export function openDeb(file: string): Readable {
  return fromProgram({ file: 'dpkg-deb', args: [] }, ['--fsys-tarfile', file]);
}

/** A program's output; the stream fails when the program does, even after its last byte. */
function fromProgram(program: { file: string; args: readonly string[] }, args: readonly string[]): Readable {
  const child = execa(program.file, [...program.args, ...args], { stdin: 'ignore', buffer: { stdout: false } });
  return child.readable({ from: 'stdout' });
}
