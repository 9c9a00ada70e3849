import type { Clock } from '../../base/clock.ts';
import { messageOf, PlumpError } from '../../base/errors.ts';
import { type HpcFacts, hpcFiles, type HpcWish, hpcWish } from '../../core/hpc/hpc-files.ts';
import type { Steering } from '../../core/jobs/steer.ts';
import type { SweepReport } from '../../model/job.ts';
import { HpcFolder } from './hpc-folder.ts';

/** What the files do: what the commands do. */
export interface HpcDoings {
  change(patch: Readonly<Record<string, unknown>>): unknown;
  expel(): Promise<SweepReport>;
  bring(): Promise<SweepReport>;
  migrate(uid: number, pid: number, to: string): Promise<unknown>;
  steerTo(uid: number, pid: number, change: Steering): Promise<void>;
}

/** What the old file interface needs. */
export interface HpcDeps {
  readonly folder: string;
  /** Makes the folder, and takes it away. */
  open(): void;
  close(): void;
  /** Undefined while this member is in no cluster. */
  facts(): HpcFacts | undefined;
  readonly doings: HpcDoings;
  publish(type: string, text: string, fields?: Readonly<Record<string, unknown>>): void;
  readonly clock: Clock;
}

const LOOK_MS = 1000;
/** What is refused is told so often at most, for each file: everybody sees the events. */
const TELL_MS = 1000;

/** openMosix' /proc/hpc as ordinary files: kept current, and what is written is done at once. */
export class Hpc implements Disposable {
  readonly #deps: HpcDeps;
  readonly #told = new Map<string, number>();
  #shown: HpcFolder | undefined;
  #timer: Disposable;
  /** It could not be had; said once. */
  #failed = false;

  constructor(deps: HpcDeps) {
    this.#deps = deps;
    this.#timer = deps.clock.after(0, () => this.#tick());
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#hide();
  }

  #tick(): void {
    this.#timer = this.#deps.clock.after(LOOK_MS, () => this.#tick());
    this.#refresh();
  }

  #refresh(): void {
    try {
      const facts = this.#deps.facts();
      if (facts === undefined) return this.#hide();
      this.#open().show(hpcFiles(facts));
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#deps.publish('hpc.none', `${this.#deps.folder} is not current: ${messageOf(error)}`);
      this.#failed = true;
    }
  }

  #open(): HpcFolder {
    if (this.#shown !== undefined) return this.#shown;
    const { folder, clock, open } = this.#deps;
    open();
    this.#shown = new HpcFolder(folder, clock, (path, word) => void this.#take(path, word));
    return this.#shown;
  }

  #hide(): void {
    if (this.#shown === undefined) return;
    this.#shown[Symbol.dispose]();
    this.#shown = undefined;
    this.#deps.close();
  }

  async #take(path: string, word: string): Promise<void> {
    try {
      const facts = this.#deps.facts();
      if (facts !== undefined && word !== '') {
        const done = this.#do(hpcWish(path, word, facts), path);
        // A move takes its time; what it was asked by shows what is.
        this.#refresh();
        await done;
      }
    } catch (error) {
      this.#refuse(path, word, error);
    }
    this.#refresh();
  }

  async #do(wish: HpcWish, path: string): Promise<void> {
    const { doings } = this.#deps;
    if ('set' in wish) doings.change(wish.set);
    else if ('sweep' in wish) this.#tell(path, await doings[wish.sweep]());
    else if ('goto' in wish) await doings.migrate(wish.uid, wish.pid, wish.goto);
    else await doings.steerTo(wish.uid, wish.pid, wish.steer);
  }

  #tell(path: string, { moved, stayed }: SweepReport): void {
    const stays = stayed.map(({ pid, command, reason }) => `; ${pid ?? ''} ${command.slice(0, 60)} stays: ${reason}`);
    this.#deps.publish('hpc.done', plain(`${this.#deps.folder}/${path}: ${moved} moved${stays.join('')}`, 2000), {
      moved,
      stayed,
    });
  }

  #refuse(path: string, word: string, error: unknown): void {
    const { publish, clock, folder } = this.#deps;
    const now = clock.now();
    for (const [name, at] of this.#told) if (now - at >= TELL_MS) this.#told.delete(name);
    if (this.#told.has(path)) return;
    this.#told.set(path, now);
    const hint = error instanceof PlumpError && error.hint !== undefined ? ` (${error.hint})` : '';
    publish('hpc.refused', plain(`${folder}/${path}: ${messageOf(error)}${hint}`, 400), {
      path,
      word: plain(word, 100),
    });
  }
}

/** A user wrote it, and everybody reads it on a terminal. */
function plain(text: string, most: number): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, most);
}
