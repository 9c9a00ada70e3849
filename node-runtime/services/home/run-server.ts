import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { messageOf, PlumpError } from '../../base/errors.ts';
import type { StartAnswer } from '../../core/jobs/launch.ts';
import { type DeputyRequest, decodeDeputyRequest, type RunRequest } from '../../network/run-request/decode.ts';
import { type Caller, callerOf } from '../../system/caller.ts';

/** What the server does with deputies' requests. */
export interface RunServerDeps {
  readonly socketPath: string;
  /** @param say tells the caller something before the answer: `queued` or `note` */
  run(caller: Caller, request: RunRequest, withdrawn: AbortSignal, say: Say): Promise<StartAnswer>;
  ended(id: string, token: string, status: number): void;
}

/** A line for the caller's terminal. */
export type Say = (word: 'queued' | 'note', text: string) => void;

const MOST_REQUEST = 8 * 2 ** 20;
/** More than the queue holds: each waiting deputy keeps one. */
const MOST_CONNECTIONS = 8192;
const NOEXEC_STATUS = 126;
const NOTFOUND_STATUS = 127;
const FAILED_STATUS = 125;
const ENOENT = 2;
const ENOTDIR = 20;

/** Serves run.sock: `plumpos run` of any user on this machine asks here. */
export async function startRunServer(deps: RunServerDeps): Promise<AsyncDisposable> {
  rmSync(deps.socketPath, { force: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => void serve(deps, socket));
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(deps.socketPath);
  await once(server, 'listening');
  chmodSync(deps.socketPath, 0o666);
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function serve(deps: RunServerDeps, socket: Socket): Promise<void> {
  const gone = new AbortController();
  socket.on('error', () => {});
  socket.on('close', () => gone.abort(new PlumpError('PLUMP_STOPPED', 'the caller went away')));
  const say = (word: string, text: string) => void socket.write(`${word} ${text.replaceAll('\n', ' ')}\n`);
  try {
    const caller = callerOf(socket);
    const request = await readRequest(socket);
    // Nothing more is said by a deputy; its end shows that it has withdrawn.
    socket.on('end', () => socket.destroy()).resume();
    await perform(deps, caller, request, gone.signal, say);
  } catch (error) {
    say('fail', `${FAILED_STATUS} ${sentence(error)}`);
  }
  socket.end();
}

async function perform(
  deps: RunServerDeps,
  caller: Caller,
  request: DeputyRequest,
  withdrawn: AbortSignal,
  say: (word: string, text: string) => void,
): Promise<void> {
  if ('ended' in request) {
    const { id, token, waitStatus } = request.ended;
    deps.ended(id, token, shellStatus(waitStatus));
    return say('ok', '');
  }
  const answer = await deps.run(caller, request.run, withdrawn, say);
  if ('job' in answer) return say('ok', `${answer.job.id} ${answer.job.deputy.token}`);
  const { exec = 0, text = 'it cannot be started' } = answer.exec;
  const program = request.run.program.argv[0] ?? '';
  const absent = exec === ENOENT || exec === ENOTDIR;
  say('fail', `${absent ? NOTFOUND_STATUS : NOEXEC_STATUS} ${printable(program)}: ${text}`);
}

/** The deputy prints one line: what can be done stands in brackets. */
function sentence(error: unknown): string {
  const hint = error instanceof PlumpError ? error.hint : undefined;
  return hint === undefined ? messageOf(error) : `${messageOf(error)} (${hint})`;
}

/** A status as wait(2) gives it, as a shell says it. */
function shellStatus(waitStatus: number): number {
  const signal = waitStatus & 0x7f;
  return signal === 0 ? (waitStatus >> 8) & 0xff : 128 + signal;
}

function printable(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8').slice(0, 256);
}

/** One request: its length, then records. */
async function readRequest(socket: Socket): Promise<DeputyRequest> {
  const whole = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  let wanted = 4;
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (wanted === 4 && length >= 4) wanted += Buffer.concat(chunks).readUInt32LE(0);
    if (wanted > 4 + MOST_REQUEST)
      whole.reject(new PlumpError('PLUMP_REFUSED', 'arguments and environment are too long'));
    else if (wanted > 4 && length >= wanted) whole.resolve(Buffer.concat(chunks).subarray(4, wanted));
  };
  const short = () => whole.reject(new PlumpError('PLUMP_PROTOCOL', 'the request was cut short'));
  socket.on('data', take).once('end', short).once('close', short);
  try {
    return decodeDeputyRequest(await whole.promise);
  } finally {
    socket.off('data', take).off('end', short).off('close', short);
  }
}
