import { runProgram } from '#runtime/base/cli.ts';
import type { Io, Verb } from '#runtime/base/verb.ts';
import { VERSION } from '#runtime/base/version.ts';
import { scriptIo } from '../../helpers/script-io.ts';

/** Runs `soak NAME` with the words of the command line, and ends this process as it ends. */
export async function runSoak(verb: Verb): Promise<never> {
  const program = { verbs: [verb], examples: [], version: VERSION };
  process.exit(await runProgram(program, [verb.name, ...process.argv.slice(2)], ioUntilDown()));
}

/** Seconds since now. */
export function stopwatch(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}

/** Tells what goes on, each line with the seconds since now. */
export function teller(io: Io): { readonly seconds: () => number; readonly say: (text: string) => void } {
  const seconds = stopwatch();
  return { seconds, say: (text) => io.err(`${seconds().toFixed(0).padStart(5)} s  ${text}`) };
}

/** Ctrl-C on a terminal comes twice, from it and from `plumpos soak`: the room is taken down first, whatever comes. */
function ioUntilDown(): Io {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  return scriptIo(stop.signal);
}
