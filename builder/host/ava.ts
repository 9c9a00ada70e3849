import path from 'node:path';
import { execa } from 'execa';
import { PlumpError } from '#runtime/base/errors.ts';
import { endsWithUs } from './ends-with-us.ts';
import { TapReader, type TapResult } from '../formats/tap.ts';

/** An ava that runs: its lines as they come, and how it ended. */
export interface RunningAva {
  readonly lines: AsyncIterable<string>;
  /** What it wrote to standard error by then. */
  ended(): Promise<{ readonly status: number | string; readonly stderr: string }>;
  stop(): void;
}

/** Starts ava with these words, in the checkout. */
export type StartAva = (words: readonly string[]) => RunningAva;

/** Which tests ava runs, and how. */
export interface AvaRun {
  /** Folder below test/. */
  readonly kind: string;
  /** Only tests whose title holds this text. */
  readonly match?: string | undefined;
  /** Test files at the same time. */
  readonly concurrency: number;
  /** Silence after which a run counts as hung. */
  readonly hangMinutes: number;
  readonly signal: AbortSignal;
  readonly start: StartAva;
  onResult(result: TapResult): void;
}

/**
 * Runs one folder of tests with ava and hands over the results as they come.
 * @returns the number of failures that no test stands for (a file that did not load, an ava that ended early), as text each.
 * @throws PlumpError PLUMP_STOPPED when the signal aborted.
 */
export async function runAva(run: AvaRun): Promise<readonly string[]> {
  let failures = 0;
  const reader = new TapReader((result) => {
    if (!result.passed) failures++;
    run.onResult(result);
  });
  // Longer than ours: ava does not say what it waited for.
  const words = ['--tap', `--concurrency=${run.concurrency}`, `--timeout=${2 * run.hangMinutes}m`];
  if (run.match !== undefined) words.push(`--match=*${run.match}*`);
  const ava = run.start([...words, `test/${run.kind}/**/*.test.ts`]);
  let hung = false;
  const silence = setTimeout(() => {
    hung = true;
    ava.stop();
  }, run.hangMinutes * 60_000);
  for await (const line of ava.lines) {
    silence.refresh();
    reader.line(line);
  }
  clearTimeout(silence);
  reader.end();
  const { status, stderr } = await ava.ended();
  if (run.signal.aborted) throw new PlumpError('PLUMP_STOPPED', 'stopped');
  if (hung)
    return [`nothing came for ${run.hangMinutes} minutes after '${reader.last}': stopped\n${stderr.slice(-2000)}`];
  // Without a match ava ends with 1, too.
  const told = failures > 0 || (run.match !== undefined && reader.planned === 0);
  if (status === 0 || (told && reader.planned !== undefined)) return [];
  return [`ava ended with ${status}: ${stderr.slice(-2000)}`];
}

/** Where ava and the pinned Node.js of a checkout are. */
export function avaFolder(root: string): string {
  return path.join(root, 'node_modules/.bin');
}

/** On this machine, on the pinned Node.js. */
export function avaHere(root: string, signal: AbortSignal): StartAva {
  return (avaWords) => {
    const bin = avaFolder(root);
    const [file, ...words] = endsWithUs([path.join(bin, 'ava'), ...avaWords], 'TERM');
    const child = execa(file, words, {
      cwd: root,
      reject: false,
      cancelSignal: signal,
      gracefulCancel: false,
      forceKillAfterDelay: 20_000,
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
      buffer: { stdout: false },
    });
    return {
      lines: child.iterable(),
      async ended() {
        const end = await child;
        return { status: end.exitCode ?? end.signal ?? 'nothing', stderr: end.stderr };
      },
      stop: () => void child.kill(),
    };
  };
}
