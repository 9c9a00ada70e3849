import type { Io } from './verb.ts';

/** The {@link Io} of this process. Signals abort `signal` once; a second one ends the process at once. */
export function processIo(): Io {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort(new Error(`stopped by ${name}`));
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
  const plain =
    process.env['NO_COLOR'] !== undefined || process.env['CI'] !== undefined || process.env['TERM'] === 'dumb';
  return {
    out: (text) => void process.stdout.write(text),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: ownEnvironment(),
    cwd: workingFolder(),
    interactive: process.stderr.isTTY === true && !plain,
    terminal: process.stdout.isTTY === true,
    signal: stop.signal,
  };
}

/** Waits until all that was printed is with who reads it, or nobody does: process.exit throws away what a full pipe has not taken yet. */
export async function printed(): Promise<void> {
  const written = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => stream.write('', () => resolve()));
  await Promise.all([written(process.stdout), written(process.stderr)]);
}

/** How we were called is said to us alone: what we start is called otherwise. */
function ownEnvironment(): Io['env'] {
  const env = { ...process.env };
  delete process.env['PLUMPOS_CALLED'];
  return env;
}

/** A shell may stand in a folder that was deleted; what has nothing to do with it works there all the same. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}
