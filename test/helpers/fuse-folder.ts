import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { close, open, read, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/** Requests of the kernel (linux/fuse.h). */
const OP = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  open: 14,
  read: 15,
  statfs: 17,
  release: 18,
  flush: 25,
  init: 26,
  interrupt: 36,
  manyForgotten: 42,
};
const [ENOENT, ENOSYS] = [2, 38];
const HEADER = 40;
const FOLDER = { node: 1, mode: 0o040_755 };
const FILE = { node: 2, mode: 0o100_755 };

/** Serves one FUSE file system with one file in it, until the last user of its descriptor is gone. */
export interface FuseFolder extends AsyncDisposable {
  readonly requests: number;
}

/**
 * Mounts a FUSE file system of this user, which nobody else may look into, root neither.
 * @param inside words that run a command where it is to be mounted
 */
export async function mountFuse(
  inside: (...words: string[]) => string[],
  folder: string,
  uid: number,
  file: { readonly name: string; readonly text: string },
): Promise<FuseFolder> {
  const fd = await promisify(open)('/dev/fuse', 'r+');
  const options = `fd=3,rootmode=40000,user_id=${uid},group_id=${uid}`;
  const [command, ...words] = inside('mount', '-i', '-t', 'fuse', '-o', options, 'test', folder);
  const mounting = spawn(command as string, words, { stdio: ['ignore', 'inherit', 'inherit', fd] });
  const state = { requests: 0 };
  const [status] = (await once(mounting, 'exit')) as [number];
  if (status !== 0) throw new Error(`mount: ${status}`);
  // Before it is mounted there is nothing to read, not even later.
  void serve(fd, uid, file, state);
  return {
    get requests() {
      return state.requests;
    },
    async [Symbol.asyncDispose]() {
      const [umount, ...args] = inside('umount', '-l', folder);
      await once(spawn(umount as string, args), 'exit');
      await promisify(close)(fd);
    },
  };
}

async function serve(fd: number, uid: number, file: { name: string; text: string }, state: { requests: number }) {
  const request = Buffer.alloc(1 << 18);
  for (;;) {
    const length = await new Promise<number>((resolve) => read(fd, request, (error, n) => resolve(error ? -1 : n)));
    if (length < HEADER) return;
    state.requests++;
    const opcode = request.readUInt32LE(4);
    if (opcode === OP.forget || opcode === OP.interrupt || opcode === OP.manyForgotten) continue;
    const answer = answerTo(opcode, request, uid, file);
    const [error, body] = typeof answer === 'number' ? [answer, Buffer.alloc(0)] : [0, answer];
    const head = Buffer.alloc(16);
    head.writeUInt32LE(head.length + body.length, 0);
    head.writeInt32LE(-error, 4);
    request.copy(head, 8, 8, 16);
    writeSync(fd, Buffer.concat([head, body]));
  }
}

function answerTo(opcode: number, request: Buffer, uid: number, file: { name: string; text: string }): Buffer | number {
  const node = Number(request.readBigUInt64LE(16)) === FOLDER.node ? FOLDER : FILE;
  const size = Buffer.byteLength(file.text);
  if (opcode === OP.init) return words([7, 31, 65_536, 0, 0, 131_072, 1, 0, 0], 64);
  if (opcode === OP.getattr) return Buffer.concat([words([1], 16), attributes(node, size, uid)]);
  if (opcode === OP.lookup) {
    const name = request.toString('latin1', HEADER, request.indexOf(0, HEADER));
    if (name !== file.name) return ENOENT;
    return Buffer.concat([words([FILE.node, 0, 0, 0, 1, 0, 1], 40), attributes(FILE, size, uid)]);
  }
  if (opcode === OP.open) return words([], 16);
  if (opcode === OP.read) {
    const offset = Number(request.readBigUInt64LE(HEADER + 8));
    return Buffer.from(file.text).subarray(offset, offset + request.readUInt32LE(HEADER + 16));
  }
  if (opcode === OP.statfs) return words([], 80);
  return opcode === OP.release || opcode === OP.flush ? words([], 0) : ENOSYS;
}

function attributes({ node, mode }: { node: number; mode: number }, size: number, uid: number): Buffer {
  return words([node, 0, size, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, uid, uid], 88);
}

/** Little-endian words of 32 bits, zeros behind them. */
function words(values: readonly number[], length: number): Buffer {
  const bytes = Buffer.alloc(length);
  values.forEach((value, index) => void bytes.writeUInt32LE(value, 4 * index));
  return bytes;
}
