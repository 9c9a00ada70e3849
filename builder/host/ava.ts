import path from 'node:path';
import { execa } from 'execa';
import { PlumpError } from '#runtime/base/errors.ts';
import { endsWithUs } from './ends-with-us.ts';
import { TapReader, type TapResult } from '../formats/tap.ts';

/** Which tests ava runs, and how. */
export interface AvaRun {
  readonly root: string;
  /** Folder below test/. */
  readonly kind: string;
  /** Only tests whose title holds this text. */
  readonly match?: string | undefined;
  /** Test files at the same time. */
  readonly concurrency: number;
  /** Silence after which a run counts as hung. */
  readonly hangMinutes: number;
  readonly signal: AbortSignal;
  onResult(result: TapResult): void;
}

/**
 * Runs one folder of tests with ava on the pinned Node.js and hands over the results as they come.
 * @returns the number of failures that no test stands for (a file that did not load, an ava that ended early), as text each.
 * @throws PlumpError PLUMP_STOPPED when the signal aborted.
 */
export async function runAva(run: AvaRun): Promise<readonly string[]> {
  const bin = path.join(run.root, 'node_modules/.bin');
  let failures = 0;
  const reader = new TapReader((result) => {
    if (!result.passed) failures++;
    run.onResult(result);
  });
  const args = ['--tap', `--concurrency=${run.concurrency}`, `--timeout=${run.hangMinutes}m`];
  if (run.match !== undefined) args.push(`--match=*${run.match}*`);
  const [file, ...words] = endsWithUs([path.join(bin, 'ava'), ...args, `test/${run.kind}/**/*.test.ts`], 'TERM');
  const child = execa(file, words, {
    cwd: run.root,
    reject: false,
    cancelSignal: run.signal,
    gracefulCancel: false,
    forceKillAfterDelay: 20_000,
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
    buffer: { stdout: false },
  });
  for await (const line of child.iterable()) reader.line(line);
  reader.end();
  const end = await child;
  if (run.signal.aborted) throw new PlumpError('PLUMP_STOPPED', 'stopped');
  if (end.exitCode === 0 || failures > 0 || /Couldn.t find any (files|matching tests)/i.test(end.stderr)) return [];
  return [`ava ended with ${end.exitCode ?? end.signal}: ${end.stderr.slice(-2000)}`];
}
