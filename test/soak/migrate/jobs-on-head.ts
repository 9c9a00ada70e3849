import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { JobView } from '#runtime/model/job.ts';
import type { LabUnderTest } from '../../helpers/lab.ts';
import type { JobPlan } from './kinds.ts';
import { type MoveResult, moveResult } from './move-result.ts';
import type { Outcome } from './verdict.ts';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/soak');
const PROGRAMS = ['job.sh', 'count.pl', 'count.py', 'count.js', 'threads.c', 'look.py'];
const USER = 'alice';
const FOLDER = `/home/${USER}/soak`;

/** The jobs as they are seen at home. */
export interface Look {
  /** Missing when the agent did not answer. */
  readonly jobs: readonly JobView[] | undefined;
  /** By the plan's id: of the deputy. */
  readonly pids: Readonly<Record<string, number>>;
  /** By the plan's id, of those that have ended. */
  readonly ended: ReadonlySet<string>;
}

/** Starts, moves and looks at alice's jobs, as she does. */
export class JobsOnHead {
  readonly #lab: LabUnderTest;
  readonly #home: string;
  readonly #signal: AbortSignal;

  constructor(lab: LabUnderTest, home: string, signal: AbortSignal) {
    this.#lab = lab;
    this.#home = home;
    this.#signal = signal;
  }

  /** Everything that the jobs are made of. */
  async prepare(): Promise<void> {
    const file = (name: string) =>
      `base64 -d >${name} <<'END'\n${readFileSync(path.join(fixtures, name)).toString('base64')}\nEND`;
    const script = ['rm -rf soak', 'mkdir soak', 'cd soak', ...PROGRAMS.map(file), 'gcc -pthread -o threads threads.c'];
    await this.#do(['su', USER, '-s', '/bin/sh', '-c', `cd; set -e; ${script.join('\n')}`]);
  }

  async start({ id, kind, ticks, where }: JobPlan): Promise<void> {
    const words = [id, kind, `${ticks}`, where].join(' ');
    const script = `cd ${FOLDER}; setsid sh job.sh ${words} </dev/null >/dev/null 2>&1 &`;
    await this.#do(['su', USER, '-s', '/bin/sh', '-c', script]);
  }

  async look(): Promise<Look> {
    const { jobs, pids, status } = JSON.parse(await this.#do(['python3', `${FOLDER}/look.py`])) as {
      jobs: JobView[] | null;
      pids: Record<string, string>;
      status: Record<string, string>;
    };
    return {
      jobs: jobs ?? undefined,
      pids: Object.fromEntries(Object.entries(pids).map(([id, pid]) => [id, Number(pid)])),
      ended: new Set(Object.keys(status)),
    };
  }

  /** What is there of a job. */
  async outcome(id: string): Promise<Omit<Outcome, 'killedHosts'>> {
    const all = JSON.parse(await this.#do(['python3', `${FOLDER}/look.py`, id])) as Record<
      string,
      Record<'status' | 'out' | 'err' | 'seen', string | null>
    >;
    const lines = (text: string | null | undefined) => (text ? text.split('\n') : []);
    const found = all[id];
    const status = found?.status ? Number(found.status) : undefined;
    return { status, out: lines(found?.out), err: lines(found?.err), seen: lines(found?.seen) };
  }

  async migrate(pid: number, to: string): Promise<MoveResult> {
    const words = ['exec', this.#home, '--', 'su', USER, '-c', `plumpos migrate ${pid} ${to} --json`];
    const { exitCode, stdout, stderr } = await this.#lab.start(words, { cancelSignal: this.#signal });
    this.#signal.throwIfAborted();
    return moveResult({ status: exitCode ?? -1, stdout, stderr });
  }

  async #do(command: readonly string[]): Promise<string> {
    const run = await this.#lab.start(['exec', this.#home, '--', ...command], { cancelSignal: this.#signal });
    this.#signal.throwIfAborted();
    if (run.exitCode !== 0) throw new Error(`${command.slice(0, 2).join(' ')} on ${this.#home}: ${run.stderr}`);
    return run.stdout;
  }
}
