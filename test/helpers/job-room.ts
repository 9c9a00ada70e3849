import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { encodeJobFrame } from '#runtime/network/job-stream/frame.ts';
import { type PeerCredentials, peerCredentials } from '#runtime/system/peer-credentials.ts';
import { nativePrograms, sanitizedPrograms } from './member-programs.ts';
import { asUser, type Ended, endOf } from './room-command.ts';

/** A request of a deputy: values by key, in their order. */
export type Request = ReadonlyMap<string, readonly string[]>;

/** A descriptor that an agent forgot to keep for itself. */
const FORGOTTEN = openSync('/', 'r');

/** Keys of a request that the shim's specification has too. */
const SHARED = ['umask', 'nice', 'rlimit', 'fd', 'tty', 'ignore', 'arg', 'env'];

/**
 * One member without a cluster: the real `plumpos`, `relay` and `shim`, and a small agent that starts every job right here, on this
 * machine's own root. /run/plumpos is a folder of the room's own.
 */
export class JobRoom implements AsyncDisposable {
  readonly programs: string;
  readonly folder: string;
  /** Requests as they came. */
  readonly requests: Request[] = [];
  /** Wait statuses the deputies told at the end, by job. */
  readonly ended = new Map<string, number>();
  /** What to answer instead of starting anything. */
  refusal: string | undefined;
  #server: Server | undefined;
  #relay: ChildProcess | undefined;
  readonly #jobs = new Map<string, number>();

  private constructor() {
    this.folder = mkdtempSync(path.join(tmpdir(), 'plumpos-jobs-'));
    chmodSync(this.folder, 0o755);
    this.programs = path.join(this.folder, 'bin');
    mkdirSync('/run/plumpos', { recursive: true });
  }

  static async open({ sanitized = false } = {}): Promise<JobRoom> {
    const room = new JobRoom();
    if (sanitized) await sanitizedPrograms(room.programs);
    // Whoever is to run them may not get into root's cache.
    else cpSync(await nativePrograms(), room.programs, { recursive: true });
    chmodSync(room.programs, 0o777);
    await room.listen();
    await room.startRelay();
    return room;
  }

  /** Words that run a command where the room's sockets are. */
  inside(...words: string[]): string[] {
    const enter = 'mount --bind "$0" /run/plumpos && exec "$@"';
    return ['unshare', '--mount', 'sh', '-c', enter, this.folder, ...words];
  }

  /** Words for `plumpos …` in the room. */
  plumpos(...words: string[]): string[] {
    return this.inside(path.join(this.programs, 'plumpos'), ...words);
  }

  /** Runs a shell command in the room, where `plumpos` is on the PATH. */
  async sh(command: string, { input = '' as string | Buffer, uid = 0, cwd = '/' } = {}): Promise<Ended> {
    const [file, ...args] = this.inside(...asUser(uid, command));
    const env = { PATH: `${this.programs}:/usr/sbin:/usr/bin:/sbin:/bin`, LANG: 'C.UTF-8' };
    return await endOf(spawn(file as string, args, { cwd, env }), input);
  }

  /** The relay, (again) from the start. */
  async startRelay(): Promise<void> {
    const [file, ...args] = this.inside(path.join(this.programs, 'relay'));
    rmSync(path.join(this.folder, 'relay.sock'), { force: true });
    this.#relay = spawn(file as string, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    while (!existsSync(path.join(this.folder, 'relay.sock'))) await wait(5);
  }

  get relayPid(): number {
    return this.#relay?.pid ?? 0;
  }

  async killRelay(): Promise<void> {
    this.#relay?.kill('SIGKILL');
    if (this.#relay) await once(this.#relay, 'exit');
  }

  /** The agent's socket, open or gone. */
  async listen(): Promise<void> {
    const socket = path.join(this.folder, 'run.sock');
    rmSync(socket, { force: true });
    this.#server = createServer((connection) => void this.#serve(connection).catch(() => connection.destroy()));
    this.#server.listen(socket);
    await once(this.#server, 'listening');
    chmodSync(socket, 0o666);
  }

  async deaf(): Promise<void> {
    this.#server?.close();
    await wait(0);
  }

  /** What the sanitizers found. */
  get found(): string[] {
    return readdirSync(this.programs).filter((name) => name.startsWith('found'));
  }

  /** Host's folder of a job. */
  guest(id: string): string {
    return path.join(this.folder, 'guests', id);
  }

  /** Pid of the job's pid 1 here. */
  firstPid(id: string): number {
    return this.#jobs.get(id) ?? 0;
  }

  /** Ids of the jobs started, in their order. */
  get jobs(): string[] {
    return [...this.#jobs.keys()];
  }

  /** Breaks every connection of a job, as a move does, by word to the shim. */
  async quiet(id: string): Promise<void> {
    const socket = connect(this.shimSocket(id));
    socket.end(encodeJobFrame('quiet')).resume();
    await once(socket, 'close');
  }

  shimSocket(id: string): string {
    return path.join(this.guest(id), 'dev/.plumpos/shim');
  }

  /** What the relay is told about a job. */
  route(id: string, words: string): void {
    const request = this.#tokens.get(id);
    writeFileSync(path.join(this.folder, 'relay', `out-${id}`), `${request?.uid} ${request?.token} ${words}\n`);
  }

  readonly #tokens = new Map<string, { uid: number; token: string }>();

  async #serve(connection: Socket): Promise<void> {
    connection.on('error', () => {});
    const request = await readRequest(connection);
    this.requests.push(request);
    const one = (key: string) => request.get(key)?.[0] ?? '';
    if (one('verb') === 'ended') {
      this.ended.set(one('id'), Number(one('status')));
      connection.end('ok\n');
      return;
    }
    const peer = peerCredentials(connection);
    if (peer === undefined) throw new Error('who is it?');
    connection.end(this.refusal ?? (await this.#start(request, peer)));
  }

  async #start(request: Request, peer: PeerCredentials): Promise<string> {
    const { id, line } = await this.launch([
      `pid=${peer.pid}`,
      `uid=${peer.uid}`,
      `gid=${peer.gid}`,
      `group=${peer.gid}`,
      `cwd=${readlinkSync(`/proc/${peer.pid}/cwd`, 'latin1')}`,
      ...SHARED.flatMap((key) => (request.get(key) ?? []).map((value) => `${key}=${value}`)),
    ]);
    const words = line.split(' ');
    if (words[0] === 'exec')
      return `fail ${words[1] === '2' ? 127 : 126} ${request.get('arg')?.[0]}: ${words.slice(2).join(' ')}\n`;
    if (words[0] !== 'started') return `fail 125 ${line}\n`;
    const token = randomBytes(16).toString('hex');
    this.#tokens.set(id, { uid: peer.uid, token });
    this.route(id, `local ${this.shimSocket(id)}`);
    return `note started\nok ${id} ${token}\n`;
  }

  /** Starts a job from its own records and those every job here has; the shim's answer. */
  async launch(records: readonly string[]): Promise<{ id: string; line: string }> {
    const id = randomBytes(4).toString('hex');
    this.#makeDev(id);
    const line = await this.shim(['launch'], [...this.#place(id), 'host=somewhere', ...records]);
    if (line.startsWith('started ')) this.#jobs.set(id, Number(line.split(' ')[1]));
    return { id, line };
  }

  /** Runs `shim` with a specification; its answer. */
  async shim(words: readonly string[], records: readonly string[]): Promise<string> {
    const child = spawn(path.join(this.programs, 'shim'), words, { stdio: ['pipe', 'pipe', 'inherit', FORGOTTEN] });
    child.stdin?.end(Buffer.from(records.map((one) => `${one}\0`).join(''), 'latin1'));
    return (await buffer(child.stdout as Readable)).toString('latin1').trimEnd();
  }

  #place(id: string): string[] {
    const guest = this.guest(id);
    const mounts = [
      'bind\t/\t/\tnosuid,nodev\t',
      // A file system of its own on many PCs: what is mounted below a folder does not come with it.
      `bind\t${tmpdir()}\t${tmpdir()}\tnosuid,nodev\t`,
      'proc\t\t/proc\tnosuid,nodev,noexec\t',
      `bind\t${guest}/dev\t/dev\tnosuid\t`,
      'devpts\t\t/dev/pts\tnosuid,noexec\tnewinstance,ptmxmode=666,mode=620',
      'tmpfs\t\t/dev/shm\tnosuid,nodev\tmode=1777',
      'mask\t\t/proc/kcore\t\t',
      'mask\t\t/proc/no-such-file\t\t',
      'sysfs\t\t/sys\tro,nosuid,nodev,noexec\t',
    ];
    return [`id=${id}`, `root=${guest}/root`, 'socket=/dev/.plumpos/shim', ...mounts.map((one) => `mount=${one}`)];
  }

  #makeDev(id: string): void {
    const guest = this.guest(id);
    for (const name of ['root', 'dev/pts', 'dev/shm', 'dev/.plumpos'])
      mkdirSync(path.join(guest, name), { recursive: true });
    const nodes = { null: 3, zero: 5, full: 7, random: 8, urandom: 9 };
    const lines = Object.entries(nodes).map(([name, minor]) => `mknod -m 666 ${name} c 1 ${minor}`);
    const links = ['ln -s pts/ptmx ptmx', 'mknod -m 666 tty c 5 0', 'ln -s /proc/self/fd fd'];
    execFileSync('sh', ['-ec', [...lines, ...links].join('\n')], { cwd: path.join(guest, 'dev') });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.close();
    for (const pid of this.#jobs.values()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    await this.killRelay();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One request: its length, then records. */
async function readRequest(connection: Socket): Promise<Request> {
  let bytes = Buffer.alloc(0);
  const whole = Promise.withResolvers<void>();
  connection.on('data', (piece: Buffer) => {
    bytes = Buffer.concat([bytes, piece]);
    if (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32LE()) whole.resolve();
  });
  connection.on('close', () => whole.reject(new Error('gone')));
  await whole.promise;
  const records = bytes.toString('latin1', 4).split('\0').slice(0, -1);
  const pairs = records.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)] as const);
  const grouped = Map.groupBy(pairs, ([key]) => key);
  return new Map([...grouped].map(([key, all]) => [key, all.map(([, value]) => value)]));
}
