import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync, rmSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { processState } from './process-state.ts';
import { readText } from './read-text.ts';
import { replaceFile } from './replace-file.ts';

/** A helper process that outlives the agent. */
export interface KeptChildSpec {
  readonly file: string;
  readonly args: readonly string[];
  /** Where its pid and start time are kept, so that the next agent finds it; `.log` beside it is what it says. */
  readonly pidFile: string;
  /** Starts it: may enter a namespace around it. */
  readonly around?: <T>(action: () => T) => T;
  /** Called whenever it was started again, since it forgot everything. */
  readonly restarted?: () => void;
}

const LOOK_MS = 1000;
const SIGTERM_WAIT_MS = 3000;

/**
 * Keeps one helper process running: starts it, or takes over the one a dead agent left, and starts it again when it is gone.
 * Disposing ends it.
 */
export class KeptChild implements AsyncDisposable {
  readonly #spec: KeptChildSpec;
  readonly #clock: Clock;
  readonly #log: Log;
  #timer: Disposable | undefined;

  constructor(spec: KeptChildSpec, clock: Clock, log: Log) {
    this.#spec = spec;
    this.#clock = clock;
    this.#log = log;
    if (leftRunning(spec.pidFile) === undefined) this.#start();
    this.#watch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const pid = leftRunning(this.#spec.pidFile);
    if (pid !== undefined) await end(pid, this.#spec.pidFile, this.#clock);
    rmSync(this.#spec.pidFile, { force: true });
    rmSync(`${this.#spec.pidFile}.log`, { force: true });
  }

  #start(): void {
    const { file, args, pidFile, around = (action) => action() } = this.#spec;
    const out = openSync(`${pidFile}.log`, 'w', 0o600);
    const child: ChildProcess = around(() =>
      spawn(file, [...args], { detached: true, stdio: ['ignore', out, out], cwd: '/' }),
    );
    closeSync(out);
    child.on('error', (error) => this.#log.error(`${file} does not start`, { error: error.message }));
    child.unref();
    const pid = child.pid ?? 0;
    replaceFile(pidFile, `${pid} ${processState(pid)?.start ?? ''}`, 0o600);
  }

  #watch(): void {
    this.#timer = this.#clock.after(LOOK_MS, () => {
      if (leftRunning(this.#spec.pidFile) === undefined) {
        this.#log.warn(`${this.#spec.file} ended and is started again`, { said: lastWords(this.#spec.pidFile) });
        this.#start();
        this.#spec.restarted?.();
      }
      this.#watch();
    });
  }
}

/** The process of a pid file, if it is still the same one. */
function leftRunning(pidFile: string): number | undefined {
  const [pid, start] = readText(pidFile).split(' ');
  const now = processState(Number(pid))?.start;
  return now !== undefined && now === start ? Number(pid) : undefined;
}

async function end(pid: number, pidFile: string, clock: Clock): Promise<void> {
  process.kill(pid, 'SIGTERM');
  const limit = clock.now() + SIGTERM_WAIT_MS;
  while (leftRunning(pidFile) !== undefined) {
    if (clock.now() > limit) process.kill(pid, 'SIGKILL');
    await new Promise<void>((resolve) => void clock.after(20, resolve));
  }
}

function lastWords(pidFile: string): string {
  return readText(`${pidFile}.log`).trim().split('\n').slice(-3).join(' | ');
}
