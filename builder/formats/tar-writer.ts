import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';

/** Owner, mode and time of an entry; owner root unless told otherwise. Time in seconds since 1970. */
export interface TarAttributes {
  readonly mode: number;
  readonly mtime: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Writes a tar stream entry by entry, each awaited before the next. `stream` must be read meanwhile, or writing waits. */
export class TarWriter {
  readonly #pack = pack();
  readonly #folders = new Set<string>();
  #ended = false;
  /** The archive. */
  readonly stream: Readable = Readable.from(this.#pack, { objectMode: false });

  /** Writes a folder, once. */
  folder(path: string, attributes: TarAttributes): void {
    if (this.#folders.has(path)) return;
    this.#folders.add(path);
    this.#pack.entry({ name: `${path}/`, type: 'directory', ...header(attributes) });
  }

  /** Writes the folders on the way to `path` that were not written yet. */
  parents(path: string, attributes: (folder: string) => TarAttributes): void {
    for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
      const folder = path.slice(0, cut);
      this.folder(folder, attributes(folder));
    }
  }

  /** Writes a file of `size` bytes from a stream. */
  async file(path: string, attributes: TarAttributes, size: number, content: NodeJS.ReadableStream): Promise<void> {
    const entry = this.#pack.entry({ name: path, type: 'file', size, ...header(attributes) });
    await pipeline(content, entry as unknown as NodeJS.WritableStream);
  }

  /** Writes a symbolic link, or a hard link to a path written before. */
  link(path: string, kind: 'link' | 'hardlink', target: string, attributes: TarAttributes): void {
    const type = kind === 'link' ? 'symlink' : 'link';
    this.#pack.entry({ name: path, type, linkname: target, ...header(attributes) });
  }

  /** Nothing follows. Saying so twice does no harm. */
  end(): void {
    if (!this.#ended) this.#pack.finalize();
    this.#ended = true;
  }

  /** The archive cannot be finished: its reader gets the error. */
  fail(error: Error): void {
    this.#pack.destroy(error);
  }
}

function header({ mode, mtime, uid = 0, gid = 0 }: TarAttributes) {
  return { mode, uid, gid, mtime: new Date(mtime * 1000) };
}
