import type { BaseKind } from './addon-owners.ts';

/** One path of the root file system to be. */
export type RootEntry =
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'file'; readonly mode: number; readonly source: string; readonly owner: string };

/** A root file system put together: what stands at each path (without a leading slash). `owner` names the package or part. */
export class RootTree {
  readonly #entries = new Map<string, RootEntry>();

  /** Puts an entry at a path, with the folders above it; what stood there before is replaced. */
  add(path: string, entry: RootEntry): void {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const above = parts.slice(0, depth).join('/');
      if (!this.#entries.has(above)) this.#entries.set(above, { kind: 'folder', mode: 0o755 });
    }
    this.#entries.set(path, entry);
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** All entries sorted by path, so that folders come before what is in them. */
  sorted(): [path: string, entry: RootEntry][] {
    return [...this.#entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What add-ons must not take from the base. */
  kinds(): ReadonlyMap<string, BaseKind> {
    return new Map([...this.#entries].map(([path, entry]) => [path, entry.kind]));
  }
}
