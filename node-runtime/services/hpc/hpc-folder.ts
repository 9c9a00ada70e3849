import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  type FSWatcher,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { HpcFile } from '../../core/hpc/hpc-file.ts';

/** After a file was touched: it was emptied first, and is written in a moment (ms). */
const TAKE_MS = 20;
/** A file that stays empty so long gets its text back (ms). */
const EMPTY_MS = 1000;
/** Longer texts are none: a bit list of 65 535 members has 20 000 digits. */
const MOST_BYTES = 32 * 1024;
/** Files of anybody else, as tests have them, are all hers. */
const IS_ROOT = process.getuid?.() === 0;
const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** What is on the disk of a file; `text` undefined: not what it should be. */
interface Shown {
  readonly text: string | undefined;
  readonly owner: number | undefined;
}

/**
 * A folder of small files that show what is, and may be written. Only what changes is written. Its folders are root's, so that nobody
 * puts anything else in the place of a file.
 */
export class HpcFolder implements Disposable {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #written: (path: string, word: string) => void;
  readonly #shown = new Map<string, Shown>();
  readonly #folders = new Map<string, FSWatcher | undefined>();
  readonly #touched = new Map<string, Disposable>();

  /** @param written somebody wrote that word; the file shows what is again with the next {@link show} */
  constructor(root: string, clock: Clock, written: (path: string, word: string) => void) {
    this.#root = root;
    this.#clock = clock;
    this.#written = written;
    // What an agent before us left.
    for (const name of readdirSync(root)) rmSync(path.join(root, name), { recursive: true, force: true });
  }

  /** Makes the files be these. */
  show(files: readonly HpcFile[]): void {
    const wanted = new Map(files.map((file) => [file.path, file]));
    const folders = new Set(files.map((file) => path.dirname(file.path)));
    for (const folder of this.#folders.keys()) if (!folders.has(folder)) this.#removeFolder(folder);
    for (const [name] of this.#shown) if (!wanted.has(name)) this.#remove(name);
    for (const file of files) {
      const shown = this.#shown.get(file.path);
      if (shown?.text === file.text && shown.owner === file.owner) continue;
      this.#put(file, shown === undefined || shown.owner !== file.owner);
    }
    // A folder is watched when all of it is there: what we wrote first would wake us.
    for (const { path: name, owner } of files) if (owner !== undefined) this.#watch(path.dirname(name));
  }

  [Symbol.dispose](): void {
    for (const timer of this.#touched.values()) timer[Symbol.dispose]();
    this.#touched.clear();
    for (const folder of this.#folders.keys()) this.#removeFolder(folder);
  }

  /** Root can delete a folder of ours: it is made again, and with the next {@link show} all that was in it. */
  #put(file: HpcFile, fresh: boolean): void {
    const folder = path.dirname(file.path);
    this.#ensureFolder(folder);
    try {
      this.#write(file, fresh);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#removeFolder(folder);
      this.#ensureFolder(folder);
      this.#write(file, true);
    }
  }

  #write({ path: name, text, owner }: HpcFile, fresh: boolean): void {
    const at = path.join(this.#root, name);
    // Only root writes to what nobody may write to.
    if (!IS_ROOT && !fresh) chmodSync(at, 0o644);
    const fd = openSync(at, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      if (fresh || !IS_ROOT) {
        fchmodSync(fd, owner === undefined ? 0o444 : 0o644);
        if (owner !== undefined && IS_ROOT) fchownSync(fd, owner, -1);
      }
      const bytes = Buffer.from(text);
      if (bytes.length > 0) writeSync(fd, bytes, 0, bytes.length, 0);
      ftruncateSync(fd, bytes.length);
    } finally {
      closeSync(fd);
    }
    this.#shown.set(name, { text, owner });
  }

  #ensureFolder(folder: string): void {
    if (this.#folders.has(folder)) return;
    mkdirSync(path.join(this.#root, folder), { recursive: true });
    for (let one = folder; one !== '.'; one = path.dirname(one)) chmodSync(path.join(this.#root, one), 0o755);
    this.#folders.set(folder, undefined);
  }

  #watch(folder: string): void {
    if (this.#folders.get(folder) !== undefined) return;
    const watcher = watch(path.join(this.#root, folder), { persistent: false }, (_, name) => {
      if (name !== null) this.#touch(`${folder}/${name}`, TAKE_MS);
    });
    watcher.on('error', () => {});
    this.#folders.set(folder, watcher);
  }

  #touch(name: string, ms: number): void {
    if (!this.#shown.has(name) || this.#touched.has(name)) return;
    const timer = this.#clock.after(ms, () => {
      this.#touched.delete(name);
      this.#take(name, ms === EMPTY_MS);
    });
    this.#touched.set(name, timer);
  }

  /** @param waited it was empty for long enough */
  #take(name: string, waited: boolean): void {
    const shown = this.#shown.get(name);
    const text = this.#read(name);
    if (shown === undefined || text === shown.text) return;
    const word = text?.trim();
    if (word === '' && !waited) return this.#touch(name, EMPTY_MS);
    this.#shown.set(name, { text: undefined, owner: text === undefined ? Number.NaN : shown.owner });
    this.#written(name, shown.owner === undefined ? '' : (word ?? ''));
  }

  /** Undefined: it is gone, is no file any more, or too long to mean anything. */
  #read(name: string): string | undefined {
    let fd: number | undefined;
    try {
      fd = openSync(path.join(this.#root, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const state = fstatSync(fd);
      return state.isFile() && state.size <= MOST_BYTES ? readFileSync(fd, 'utf8') : undefined;
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #remove(name: string): void {
    this.#shown.delete(name);
    rmSync(path.join(this.#root, name), { recursive: true, force: true });
  }

  #removeFolder(folder: string): void {
    this.#folders.get(folder)?.close();
    this.#folders.delete(folder);
    for (const name of this.#shown.keys()) if (path.dirname(name) === folder) this.#shown.delete(name);
    rmSync(path.join(this.#root, folder), { recursive: true, force: true });
  }
}
