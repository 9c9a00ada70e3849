import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { endsWithUs } from '#builder/host/ends-with-us.ts';
import { readMounts } from '#runtime/system/mount-table.ts';
import { bundledRuntime, nativePrograms } from './member-programs.ts';
import { asUser, type Ended, endOf } from './room-command.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Who runs programs, unless it is said. */
const USER = 1234;

/**
 * A member without a cluster as its users see it: the real `plumpos` with all its verbs, relay, shim and the agent's own
 * code for jobs, in a mount namespace where /run/plumpos and /usr/lib/plumpos are the room's. Jobs use the network of the
 * machine (PLUMPOS_NET=host): this machine's kernel may have none for them.
 */
export class HomeRoom implements AsyncDisposable {
  readonly folder: string;
  readonly cgroups: string;
  readonly state: string;
  #holder: ChildProcess | undefined;
  #relay: ChildProcess | undefined;
  #agent: ChildProcess | undefined;

  private constructor() {
    this.folder = mkdtempSync('/tmp/plumpos-home-');
    chmodSync(this.folder, 0o755);
    this.cgroups = path.join(cgroup2(), path.basename(this.folder));
    this.state = this.path('state');
  }

  /** @param settings what `plumpos ctl` would have set */
  static async open(settings: Readonly<Record<string, unknown>> = {}): Promise<HomeRoom> {
    const room = new HomeRoom();
    for (const name of ['run', 'upper/plumpos', 'work', 'state', 'work-here'])
      mkdirSync(room.path(name), { recursive: true });
    chmodSync(room.path('work-here'), 0o777);
    await room.#install();
    writeFileSync(path.join(room.state, 'settings.json'), JSON.stringify(settings));
    await room.#hold();
    await room.#startRelay();
    await room.startAgent();
    return room;
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** Words that run a command in the room. */
  inside(...words: string[]): string[] {
    // Not nsenter's --wd: that is the folder as it is outside.
    const enter = ['nsenter', '-t', String(this.#holder?.pid), '-m'];
    return [...enter, 'sh', '-c', 'cd "$0" && exec "$@"', this.path('work-here'), ...words];
  }

  /** Runs a shell command in the room, as an ordinary user, in a folder of hers. */
  async sh(command: string, { input = '' as string | Buffer, uid = USER } = {}): Promise<Ended> {
    return await endOf(this.start(command, uid), input);
  }

  /** As {@link sh}, and goes on; its pid is that of the shell, or of what it became by `exec`. */
  start(command: string, uid = USER): ChildProcess {
    const [file, ...args] = this.inside(...asUser(uid, command));
    const PATH = '/usr/lib/plumpos:/usr/sbin:/usr/bin:/sbin:/bin';
    return spawn(file as string, args, { cwd: '/', env: { PATH, LANG: 'C.UTF-8', PLUMPOS_NET: 'host' } });
  }

  async startAgent(): Promise<void> {
    for (const name of ['agent.sock', 'run.sock']) rmSync(this.path(`run/${name}`), { force: true });
    const script = path.join(root, 'test/fixtures/lone-agent.ts');
    const options = JSON.stringify({ state: this.state, cgroups: this.cgroups });
    const words = [process.execPath, '--disable-warning=ExperimentalWarning', script, options];
    this.#agent = mortal(this.inside(...words));
    while (!existsSync(this.path('run/run.sock'))) {
      if (this.#agent.exitCode !== null) throw new Error('the agent ended');
      await wait(20);
    }
  }

  async killAgent(): Promise<void> {
    await end(this.#agent, 'SIGKILL');
  }

  /** The programs as on a member, and the tools in one file, as there: from their sources they take seconds more on an emulated PC. */
  async #install(): Promise<void> {
    const programs = this.path('upper/plumpos');
    cpSync(await nativePrograms(), programs, { recursive: true });
    const [node, script] = [this.path('tools/node'), this.path('tools/tools.cjs')];
    const tools = `#!/bin/sh\nexec ${node} --disable-warning=ExperimentalWarning ${script} "$@"\n`;
    mkdirSync(this.path('tools'));
    cpSync(process.execPath, node);
    cpSync(path.join(await bundledRuntime(), 'tools.cjs'), script);
    writeFileSync(path.join(programs, 'plumpos-tools'), tools, { mode: 0o755 });
  }

  async #hold(): Promise<void> {
    const script = [
      'mount --bind "$0/run" /run/plumpos',
      'mount -t overlay -o "lowerdir=/usr/lib,upperdir=$0/upper,workdir=$0/work" overlay /usr/lib',
      'touch /run/plumpos/overlay',
      'unshare --net=/run/plumpos/overlay true',
      'echo ready',
      'exec sleep infinity',
    ].join('\n');
    mkdirSync('/run/plumpos', { recursive: true });
    this.#holder = mortal(['unshare', '--mount', 'sh', '-ec', script, this.folder], 'pipe');
    const [text] = (await once(this.#holder.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
    if (`${text}` !== 'ready\n') throw new Error(`the room is not there: ${text}`);
  }

  async #startRelay(): Promise<void> {
    this.#relay = mortal(this.inside('/usr/lib/plumpos/relay'));
    while (!existsSync(this.path('run/relay.sock'))) await wait(5);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#agent, 'SIGTERM');
    await end(this.#relay, 'SIGKILL');
    await end(this.#holder, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A process that ends with us, whatever ends us. */
function mortal(command: readonly string[], stdout: 'inherit' | 'pipe' = 'inherit'): ChildProcess {
  const [file, ...args] = endsWithUs(command, 'KILL');
  return spawn(file, args, { stdio: ['ignore', stdout, 'inherit'] });
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** Where this machine has its cgroups of the second kind. */
function cgroup2(): string {
  const found = readMounts().find(({ type }) => type === 'cgroup2')?.path;
  if (!found) throw new Error('this machine has no cgroup2');
  return found;
}
