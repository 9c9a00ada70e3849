import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import type { MachineView } from '#builder/lab/control/room-answers.ts';
import type { ClusterEvent } from '#runtime/model/event.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { finalFolder } from './boots.ts';
import { type Ended, labExec } from './lab-exec.ts';

export type { Ended } from './lab-exec.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Nothing here takes this long on any machine; it only ends what would never end. */
const LIMIT_SECONDS = 1500;
const LOOK_MS = 1000;

/** A room for tests, beside any other one, used as its users do: by `./plumpos lab`. Disposing it takes it down. */
export class LabUnderTest implements AsyncDisposable {
  readonly #scratch = mkdtempSync(path.join(os.tmpdir(), 'plumpos-test-'));
  readonly folder: string;
  /** Somebody else's room, which stays up. */
  readonly kept: boolean;
  readonly #keeper: ChildProcess;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param kept folder of a room that is up already
   * @param signal ends whatever is asked of the room
   */
  constructor(kept?: string, signal?: AbortSignal) {
    this.#signal = signal;
    this.kept = kept !== undefined;
    this.folder = kept ?? path.join(this.#scratch, 'lab');
    this.#keeper = keepInOrder(this.#scratch, path.join(this.#scratch, 'lab'));
  }

  /** A path for a file of this test. */
  file(name: string): string {
    return path.join(this.#scratch, name);
  }

  /** Starts `plumpos lab WORDS…`; its environment names this room. */
  start(words: readonly string[], options: { input?: string | Uint8Array; cancelSignal?: AbortSignal } = {}) {
    return execa(path.join(root, 'plumpos'), ['lab', ...words], {
      cwd: root,
      env: { PLUMPOS_LAB: this.folder },
      reject: false,
      timeout: LIMIT_SECONDS * 1000,
      stripFinalNewline: false,
      forceKillAfterDelay: 60_000,
      ...(this.#signal === undefined ? {} : { cancelSignal: this.#signal }),
      ...(options.input === undefined ? { stdin: 'ignore' as const } : {}),
      ...options,
    });
  }

  /** Runs it to its end. */
  async run(words: readonly string[], input?: string | Uint8Array): Promise<Ended> {
    const end = await this.start(words, input === undefined ? {} : { input });
    this.#signal?.throwIfAborted();
    return { status: end.exitCode ?? -1, stdout: end.stdout, stderr: end.stderr };
  }

  /** What it prints; fails the test when it fails. */
  async ok(...words: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(words);
    if (status !== 0) throw new Error(`plumpos lab ${words.join(' ')} ended with ${status}: ${stderr}${stdout}`);
    return stdout;
  }

  /** `lab up` with the image under test. */
  async up(...words: string[]): Promise<readonly MachineView[]> {
    const iso = path.join(finalFolder, 'plumpos.iso');
    return JSON.parse(await this.ok('up', ...words, '--iso', iso, '--json')) as MachineView[];
  }

  /** What a command prints on a machine. */
  async on(name: string, ...command: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.exec(name, command);
    if (status !== 0) throw new Error(`${command.join(' ')} on ${name} ended with ${status}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  /** Runs a program on a machine to its end. */
  exec(machine: string, argv: readonly string[]): Promise<Ended> {
    return labExec({ folder: this.folder, machine, argv, seconds: LIMIT_SECONDS, signal: this.#signal });
  }

  /** Runs a shell's script on a machine as one of its users, in her home folder; a session of systemd's would take longer than most of them. */
  as(name: string, user: string, script: string): Promise<Ended> {
    const become = name.startsWith('head')
      ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups', 'env', `HOME=/home/${user}`, `USER=${user}`]
      : ['su', user, '-s'];
    return this.exec(name, [...become, '/bin/sh', '-c', `cd; ${script}`]);
  }

  async list(): Promise<readonly MachineView[]> {
    return JSON.parse(await this.ok('list', '--json')) as MachineView[];
  }

  /** The members as one of them sees them, sorted by name. */
  async nodes(name: string): Promise<readonly NodeView[]> {
    const nodes = JSON.parse(await this.on(name, 'plumpos', 'nodes', '--json')) as NodeView[];
    return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** `NAME STATE` of the members as one of them sees them. */
  async states(name: string): Promise<readonly string[]> {
    return (await this.nodes(name)).map((node) => `${node.name} ${node.state}`);
  }

  /** {@link states} once they are these, or after much too long. */
  async settle(name: string, states: readonly string[]): Promise<readonly string[]> {
    return this.until(
      () => this.states(name),
      (seen) => seen.join() === states.join(),
    );
  }

  /** What a member saw, after the event `seq`. */
  async events(name: string, seq = 0): Promise<readonly ClusterEvent[]> {
    const lines = (await this.on(name, 'plumpos', 'events', '--json')).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as ClusterEvent).filter((event) => event.seq > seq);
  }

  /** Waits until a value is as it shall be, and returns it; after much too long, returns it as it is. */
  async until<T>(look: () => Promise<T>, good: (value: T) => boolean, seconds = 180): Promise<T> {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      const value = await look();
      if (good(value) || performance.now() > end) return value;
      await this.pause(LOOK_MS);
    }
  }

  async pause(ms: number): Promise<void> {
    await wait(ms, undefined, this.#signal === undefined ? {} : { signal: this.#signal });
  }

  /** What is left of the room on this machine: processes that name its folder, and the folder. */
  leftovers(): readonly string[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const own = pids.filter((pid) => commandOf(pid).includes(this.folder)).map((pid) => `${pid} ${commandOf(pid)}`);
    return existsSync(this.folder) ? [...own, this.folder] : own;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.kept && existsSync(this.folder)) await this.run(['down']);
    rmSync(this.#scratch, { recursive: true, force: true });
    this.#keeper.stdin?.end();
  }
}

/** A room lives on without whoever started it. This process sees how the test ends, however that is, and takes the room down then. */
function keepInOrder(scratch: string, folder: string): ChildProcess {
  const script = 'read -r line; [ ! -e "$PLUMPOS_LAB" ] || "$1" lab down; rm -rf "$2"';
  const words = ['-c', script, 'sh', path.join(root, 'plumpos'), scratch];
  const env = { ...process.env, PLUMPOS_LAB: folder };
  const keeper = spawn('sh', words, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env });
  keeper.unref();
  return keeper;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
