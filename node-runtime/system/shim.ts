import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { PlumpError } from '../base/errors.ts';
import { SHIM } from './native-program.ts';

/** One `key=value` for the shim. Values are bytes (latin1). */
export type ShimRecord = readonly [key: string, value: string];

const MOST_OUTPUT = 4 * 2 ** 20;

/** How the shim ended, and what it said. */
export interface ShimEnd {
  readonly status: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** What is run, and how long it may take. */
export interface ShimCall {
  readonly args: readonly string[];
  readonly records?: readonly ShimRecord[];
  /** Its standard input, where it takes no records. */
  readonly input?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Is given what it has as descriptor 3, a stream both ways, and `alive`, which lets its time begin anew. */
  readonly channel?: (stream: Duplex, alive: () => void) => void;
  /** Another one than the machine's. */
  readonly program?: string;
}

/**
 * Runs the shim to its end. It is killed after the time given, or when `signal` aborts; what it became by then
 * (CRIU, which has children in the job's cgroup) is the caller's to clear away.
 */
export function runShim({
  args,
  records = [],
  input = '',
  timeoutMs,
  signal,
  channel,
  program = SHIM,
}: ShimCall): Promise<ShimEnd> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const more = channel ? (['pipe'] as const) : [];
    const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'pipe', ...more], cwd: '/', env });
    const kill = () => void child.kill('SIGKILL');
    const timer = setTimeout(kill, timeoutMs);
    channel?.(child.stdio[3] as Duplex, () => timer.refresh());
    signal?.addEventListener('abort', kill, { once: true });
    if (signal?.aborted) kill();
    const said = { out: '', err: '' };
    const take = (name: 'out' | 'err') => (chunk: string) => {
      if (said[name].length < MOST_OUTPUT) said[name] += chunk;
    };
    child.stdout.setEncoding('latin1').on('data', take('out'));
    child.stderr.setEncoding('latin1').on('data', take('err'));
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
    };
    child.on('error', (cause) => {
      done();
      reject(new PlumpError('PLUMP_SYSTEM', `${program} does not start: ${cause.message}`, { cause }));
    });
    child.on('close', (status) => {
      done();
      resolve({ status: status ?? undefined, ...said });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(Buffer.from(input + records.map(([key, value]) => `${key}=${value}\0`).join(''), 'latin1'));
  });
}
