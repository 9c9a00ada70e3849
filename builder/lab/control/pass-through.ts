import { once } from 'node:events';
import type { Session } from '../session.ts';

const SIGINT = 2;
const STOPPED = 130;
const PATIENCE_MS = 5000;

/** How a session is put on this process' standard input and output. */
export interface PassOptions {
  /** Every key goes to the other side as it is, if our input is a terminal. */
  readonly raw: boolean;
  /** This byte, typed, ends it. */
  readonly escape?: number;
  /** A Ctrl-C at a terminal that is not raw: it is the program's, which then has some seconds to end. */
  readonly signal: AbortSignal;
}

/** Puts a session on the standard input and output until it ends. @returns its exit status. */
export async function passThrough(session: Session, { raw, escape, signal }: PassOptions): Promise<number> {
  const { stdin, stdout } = process;
  using stack = new DisposableStack();
  const ended = Promise.withResolvers<number>();
  const interrupt = () => {
    session.signal(SIGINT);
    setTimeout(() => ended.resolve(STOPPED), PATIENCE_MS).unref();
  };
  signal.addEventListener('abort', interrupt, { once: true });
  stack.defer(() => signal.removeEventListener('abort', interrupt));
  if (raw) stack.use(rawTerminal(session));
  const typed = (chunk: Buffer) => {
    if (escape !== undefined && chunk.includes(escape)) ended.resolve(0);
  };
  if (escape !== undefined && stdin.isTTY) stdin.on('data', typed);
  stdin.pipe(session);
  session.pipe(stdout);
  stack.defer(() => {
    stdin.unpipe(session);
    stdin.off('data', typed);
    stdin.pause();
  });
  void endOf(session).then(ended.resolve, ended.reject);
  try {
    return await ended.promise;
  } finally {
    session.destroy();
  }
}

async function endOf(session: Session): Promise<number> {
  const status = await session.exited;
  // What it wrote last is still on its way through the stream.
  if (!session.readableEnded) await once(session, 'end');
  return status;
}

/** The terminal of this process hands every key on, and tells its size. */
function rawTerminal(session: Session): Disposable {
  const { stdin, stdout } = process;
  const resize = () => stdout.isTTY && session.resize(stdout.rows, stdout.columns);
  if (stdin.isTTY) stdin.setRawMode(true);
  resize();
  stdout.on('resize', resize);
  return {
    [Symbol.dispose]() {
      stdout.off('resize', resize);
      if (stdin.isTTY) stdin.setRawMode(false);
    },
  };
}
