import type { Io } from '#runtime/base/verb.ts';

/** What a script that is a verb of its own prints to and is ended by. */
export function scriptIo(signal: AbortSignal): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    cwd: process.cwd(),
    interactive: false,
    terminal: false,
    signal,
  };
}
