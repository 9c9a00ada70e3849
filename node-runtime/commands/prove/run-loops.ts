import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { AgentClient } from '../../client/agent-client.ts';
import type { ClusterEvent } from '../../model/event.ts';
import { asUser, type RunAs } from '../who-runs.ts';

/** How one of the loops fared. */
export interface LoopRun {
  /** Names of the members it was on, in their order. */
  readonly ran: readonly string[];
  readonly seconds: number;
  readonly right: boolean;
  /** What is wrong with it. */
  readonly wrong?: string;
}

/** How those that were started together fared. */
export interface PhaseRun {
  /** From the start of the first to the end of the last. */
  readonly seconds: number;
  readonly moves: number;
  readonly jobs: readonly LoopRun[];
}

/** What the loops are, and who runs them. */
export interface LoopDeps {
  readonly agent: Pick<AgentClient, 'events'> & { readonly jobs: Pick<AgentClient['jobs'], 'list'> };
  readonly as: RunAs;
  /** Its words; the name is among them. */
  command(name: string): readonly string[];
  /** What each of them prints. */
  readonly result: string;
  /** Ends them. */
  readonly signal: AbortSignal;
}

const LOOK_MS = 1000;
/** Whoever does not end by SIGTERM is killed. */
const PATIENCE_MS = 10_000;

/**
 * Starts a loop for each of these, all at once, and waits for their end.
 * @param phase names them, unlike those of any other run
 * @param starts options of `plumpos run`
 * @throws what the signal aborts for, when all have ended
 */
export async function runLoops(
  phase: string,
  starts: readonly (readonly string[])[],
  deps: LoopDeps,
): Promise<PhaseRun> {
  const { agent, signal } = deps;
  const before = (await agent.events()).at(-1)?.seq ?? 0;
  signal.throwIfAborted();
  const begun = performance.now();
  const since = () => (performance.now() - begun) / 1000;
  const loops = starts.map((options, k) => new Loop(`${phase}-${k + 1}`, options, deps, since));
  let over = false;
  const ended = Promise.all(loops.map((loop) => loop.ended)).finally(() => (over = true));
  ended.catch(() => {});
  try {
    while (!over) {
      await Promise.race([ended, wait(LOOK_MS)]);
      signal.throwIfAborted();
      if (!over) for (const job of await agent.jobs.list()) loops.find(({ name }) => isNamed(job.argv, name))?.see(job);
    }
    const seconds = Math.max(...(await ended));
    const moves = (await agent.events(before)).filter(({ type }) => type === 'job.moved');
    const jobs = loops.map((loop) => loop.run(moves));
    return { seconds, moves: jobs.reduce((sum, { ran }) => sum + Math.max(0, ran.length - 1), 0), jobs };
  } finally {
    await Promise.all(loops.map((loop) => loop.stop()));
  }
}

function isNamed(argv: readonly string[], name: string): boolean {
  return argv.includes(`loop=${name}`);
}

/** One of them, and the deputy that is its stand-in. */
class Loop {
  readonly name: string;
  /** When it ended (s). Its end, not its success. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  readonly #result: string;
  #pid: number | undefined;
  #first: string | undefined;
  #seconds = 0;
  #wrong: string | undefined;

  constructor(name: string, start: readonly string[], { as, command, result }: LoopDeps, since: () => number) {
    this.name = name;
    this.#result = result;
    const { file, args, options } = asUser(as, ['plumpos', 'run', ...start, '--no-tty', '--', ...command(name)]);
    const child = spawn(file, args, { ...options, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.ended = this.#hear(text(child.stdout), text(child.stderr), since);
  }

  /** Where it is, as home knows. */
  see({ pid, host }: { readonly pid: number; readonly host: string }): void {
    this.#pid = pid;
    if (host !== '') this.#first ??= host;
  }

  /** @param moves events of moves while it ran */
  run(moves: readonly ClusterEvent[]): LoopRun {
    const own = moves.flatMap(({ fields }) => (fields['pid'] === this.#pid ? [fields] : []));
    const ran = [own[0]?.['from'] ?? this.#first, ...own.map(({ to }) => to)].filter(
      (name) => typeof name === 'string',
    );
    const wrong = this.#wrong;
    return { ran, seconds: this.#seconds, right: wrong === undefined, ...(wrong === undefined ? {} : { wrong }) };
  }

  /** Ends it, if it has not ended; returns when it has. */
  async stop(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    await this.ended.catch(() => {});
    clearTimeout(kill);
  }

  async #hear(out: Promise<string>, err: Promise<string>, since: () => number): Promise<number> {
    const [stdout, stderr, [status, signal]] = await Promise.all([
      out,
      err,
      once(this.#child, 'close') as Promise<[number | null, string | null]>,
    ]);
    this.#seconds = since();
    const said = stderr.trim().split('\n').at(-1) ?? '';
    if (status !== 0) this.#wrong = `ended with ${status ?? signal}${said === '' ? '' : `: ${said}`}`;
    else if (stdout.trim() !== this.#result)
      this.#wrong = `printed '${stdout.trim().slice(0, 40)}' instead of ${this.#result}`;
    return this.#seconds;
  }
}
