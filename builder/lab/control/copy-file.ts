import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PlumpError } from '#runtime/base/errors.ts';
import type { Session } from '../session.ts';

/** Starts a program in a machine of the lab. */
export type StartProgram = (argv: readonly string[], onStderr: (chunk: Buffer) => void) => Promise<Session>;

/** $1 target, $2 name of the file, $3 its mode: written beside and renamed, as nobody wants half a file. */
const PUT = `set -e
to=$1; [ ! -d "$to" ] || to=$to/$2
part=$to.part$$; trap 'rm -f "$part"' EXIT
cat >"$part"; chmod "$3" "$part"; mv -f "$part" "$to"`;
/** The mode on the first line, then the file. */
const GET = `set -e
[ ! -d "$1" ] || { echo "$1 is a folder" >&2; exit 1; }
exec <"$1"; stat -c %a "$1"; cat`;

/** Copies a file of this machine into one of the lab, with its mode. @returns its bytes. @throws PlumpError PLUMP_LAB, PLUMP_INPUT */
export async function copyTo(start: StartProgram, local: string, remote: string): Promise<number> {
  const found = await stat(local).catch((cause: Error) => {
    throw new PlumpError('PLUMP_INPUT', `${local} cannot be read: ${cause.message}`, { cause });
  });
  if (found.isDirectory()) throw new PlumpError('PLUMP_INPUT', `${local} is a folder; only files are copied`);
  const mode = (found.mode & 0o7777).toString(8);
  let bytes = 0;
  await finish(start, ['sh', '-c', PUT, 'sh', remote, path.basename(local), mode], async (session) => {
    session.resume();
    const file = createReadStream(local);
    await pipeline(file, session);
    bytes = file.bytesRead;
  });
  return bytes;
}

/** Copies a file of a machine of the lab to this one, with its mode. @returns its bytes. @throws PlumpError PLUMP_LAB */
export async function copyFrom(start: StartProgram, remote: string, local: string): Promise<number> {
  const folder = (await stat(local).catch(() => undefined))?.isDirectory() ?? false;
  const target = folder ? path.join(local, path.basename(remote)) : local;
  const part = `${target}.part${process.pid}`;
  try {
    let mode = '';
    let bytes = 0;
    await finish(start, ['sh', '-c', GET, 'sh', remote], async (session) => {
      session.end();
      const file = createWriteStream(part, { mode: 0o600 });
      await pipeline(
        session,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            const end = mode.endsWith('\n') ? 0 : chunk.indexOf(10) + 1;
            mode += chunk.subarray(0, end).toString();
            yield chunk.subarray(end);
          }
        },
        file,
      );
      bytes = file.bytesWritten;
    });
    await chmod(part, Number.parseInt(mode, 8));
    await rename(part, target);
    return bytes;
  } finally {
    await rm(part, { force: true });
  }
}

async function finish(
  start: StartProgram,
  argv: readonly string[],
  transfer: (session: Session) => Promise<void>,
): Promise<void> {
  const said: Buffer[] = [];
  const session = await start(argv, (chunk) => void said.push(chunk));
  const moved = transfer(session);
  moved.catch(() => {});
  const status = await session.exited;
  if (status !== 0)
    throw new PlumpError('PLUMP_LAB', Buffer.concat(said).toString().trim() || `the copy ended with ${status}`);
  await moved;
}
