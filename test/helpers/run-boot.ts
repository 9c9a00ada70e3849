import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { finalFolder } from './boots.ts';
import { endsWithUs } from '#builder/host/ends-with-us.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** One line of `plumpos boot --json`. */
export type BootEvent = Readonly<Record<string, unknown>> & { readonly event: string };

/** `plumpos boot` as a user calls it, in a folder that holds the image under test as final/ and no cluster.key. */
export class BootCommand implements Disposable {
  readonly folder: string;
  output = '';
  errors = '';
  /** Resolves with the exit status, null after a signal. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  /** @param inside what runs the command line it is given, e.g. on a terminal of its own */
  constructor(words: readonly string[], inside?: (command: string) => readonly string[]) {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-verb-'));
    symlinkSync(finalFolder, path.join(this.folder, 'final'));
    const argv = [path.join(root, 'plumpos'), 'boot', ...words];
    const [file, ...args] = endsWithUs(inside === undefined ? argv : inside(argv.join(' ')), 'TERM');
    const child = spawn(file, args, { cwd: this.folder, timeout: 400_000 });
    child.stdout.on('data', (chunk: Buffer) => void (this.output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (this.errors += chunk.toString()));
    this.ended = once(child, 'close').then(([status]) => status as number | null);
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** With --json: the events so far. */
  get events(): readonly BootEvent[] {
    const lines = this.output.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as BootEvent);
  }

  /** Pids of the virtual machines this command has started. */
  vms(): readonly number[] {
    return descendants(this.pid).filter((pid) => isQemu(pid));
  }

  /** Ends when the condition holds. @throws Error with the output when the command ends first */
  async until(condition: () => boolean): Promise<void> {
    let ended = false;
    void this.ended.then(() => (ended = true));
    while (!condition()) {
      if (ended) throw new Error(`plumpos boot has ended: ${this.output}${this.errors}`);
      await wait(50);
    }
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Is that process still there (a zombie is not)? */
export function running(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function descendants(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  const children = readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function isQemu(pid: number): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('qemu-system') && readlinkSync(`/proc/${pid}/exe`) !== ''
    );
  } catch {
    return false;
  }
}
