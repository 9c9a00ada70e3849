import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { cacheFolder } from '#builder/cache/cache-folder.ts';
import { endsWithUs } from '#builder/host/ends-with-us.ts';

const root = path.resolve(import.meta.dirname, '../..');
const realCache = cacheFolder(process.env);

/** The launcher of this checkout. */
export const plumpos = path.join(root, 'plumpos');

/** A command that runs. */
export interface Running {
  /** For process.kill: its process group. */
  readonly group: number;
  readonly ended: Promise<Ended>;
  /** Waits until it has said so. */
  says(text: string): Promise<void>;
}

/** How a command ended. */
export interface Ended {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a refused build must say. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: RegExp;
}

/**
 * Somebody's working directory: with an image of before in final/, and a cache that shares packages and tools with the real one,
 * so that what a test leaves there can be counted.
 */
export class Workplace implements Disposable {
  readonly folder: string;
  readonly cache: string;

  /** @param missing steps whose results are not in the cache (`root`, `media` …): the build has to make them. */
  constructor(missing: readonly string[] = []) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'plumpos-build-'));
    this.cache = path.join(this.folder, '.cache');
    mkdirSync(path.join(this.cache, 'steps'), { recursive: true });
    for (const part of ['apt', 'debs', 'trees', 'unpacked'])
      if (existsSync(path.join(realCache, part))) symlinkSync(path.join(realCache, part), path.join(this.cache, part));
    for (const name of readdirSync(path.join(realCache, 'steps')))
      if (!missing.some((step) => name.startsWith(`${step}-`)) && !name.startsWith('.') && !name.endsWith('.json'))
        symlinkSync(path.join(realCache, 'steps', name), path.join(this.cache, 'steps', name));
    for (const file of ['final/plumpos.iso', 'final/pxe/root.cpio', 'final/notes of mine'])
      this.write(file, `the ${file} of before`);
    this.write('final/SHA256SUMS', 'hash of before  plumpos.iso\nhash of before  pxe/root.cpio\n');
  }

  path(...parts: readonly string[]): string {
    return path.join(this.folder, ...parts);
  }

  write(file: string, content: string | Uint8Array, mode = 0o644): void {
    mkdirSync(path.dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), content, { mode });
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  /** A `plumpos` that runs, in a process group of its own as a shell would give it one. */
  start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    return this.#start(plumpos, words, env);
  }

  async run(...words: readonly string[]): Promise<Ended> {
    return await this.start(words).ended;
  }

  /** Runs a shell script in namespaces of its own (letters of unshare's options), as root there; `$@` is the `plumpos` command line. */
  async runIn(namespaces: string, script: string, ...words: readonly string[]): Promise<Ended> {
    const args = [`-r${namespaces}`, 'sh', '-e', '-c', script, 'sh', plumpos, ...words];
    return await this.#start('unshare', args, {}).ended;
  }

  /** Runs it on a terminal of its own; all that it shows is the output. */
  async runInTerminal(...words: readonly string[]): Promise<Ended> {
    const line = `stty cols 120; ${[plumpos, ...words].map((word) => `'${word}'`).join(' ')}`;
    const env = { CI: undefined, NO_COLOR: undefined, TERM: 'xterm' };
    return await this.#start('script', ['-qec', line, '/dev/null'], env).ended;
  }

  #start(file: string, words: readonly string[], env: Readonly<Record<string, string | undefined>>): Running {
    const [program, ...args] = endsWithUs([file, ...words], 'TERM');
    const child = spawn(program, args, {
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PLUMPOS_CACHE: this.cache, ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
    const ended = once(child, 'close').then(([status]): Ended => ({ status: status as number | null, stdout, stderr }));
    const says = async (text: string) => {
      while (!`${stdout}${stderr}`.includes(text)) await once(child.stderr, 'data');
    };
    return { group: -(child.pid as number), ended, says };
  }

  /** Everything in final/, with times and contents. */
  final(): string[] {
    const names = readdirSync(this.path('final'), { recursive: true, encoding: 'utf8' }).toSorted();
    return names.map((name) => {
      const state = statSync(this.path('final', name));
      const content = state.isFile() ? hash('sha256', readFileSync(this.path('final', name))) : 'folder';
      return `${name} ${state.mtimeMs} ${content}`;
    });
  }

  /** Work folders a build has left in the cache. */
  leftovers(): string[] {
    const work = /^\.(build|work|fetch)-/;
    const folders = [this.cache, path.join(this.cache, 'steps')].filter((folder) => existsSync(folder));
    return folders.flatMap((folder) => readdirSync(folder)).filter((name) => work.test(name));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A `plumpos` that must refuse: one clear error with its exit status, final/ untouched, nothing left in the cache. */
export async function refuses(
  t: ExecutionContext,
  place: Workplace,
  run: (place: Workplace) => Promise<Ended>,
  { status, code, message }: Refusal,
): Promise<void> {
  const before = place.final();
  const end = await run(place);
  const errors = end.stderr.split('\n').filter((line) => line.startsWith('plumpos: '));
  t.is(end.status, status, end.stderr);
  t.is(errors.length, 1, end.stderr);
  t.true(errors[0]?.endsWith(`(${code})`) === true || end.stderr.includes(`(${code})`), end.stderr);
  t.regex(end.stderr, message);
  t.notRegex(end.stderr, /^ +at |defect of plumpos/m);
  t.is(end.stdout, '');
  t.deepEqual(place.final(), before, 'final/ was touched');
  t.deepEqual(place.leftovers(), []);
}
