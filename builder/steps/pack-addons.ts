import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { TarEntry } from '../formats/tar-entry.ts';
import type { TarWriter } from '../formats/tar-writer.ts';
import { readTar } from '../formats/tarball.ts';
import { openTarball } from '../host/open-tarball.ts';
import { squashTar } from '../host/squashfs.ts';
import { type BaseKind, type Layer, type Owners, resolveOwners } from '../plan/addon-owners.ts';
import type { Addons } from '../plan/addon-sources.ts';
import type { MediaWorkshop } from './media-workshop.ts';
import { readAddon, readOverlay } from './read-addons.ts';

/**
 * Checks all add-ons against the base and each other, and merges them into one squashfs to lay over the root.
 * @returns whose each path is (name of a tarball, or `overlay`); undefined when there are no add-ons, and no file is written.
 * @throws PlumpError PLUMP_PACKAGE for whatever is wrong with a tarball or two of them together.
 */
export async function packAddons(
  shop: MediaWorkshop,
  addons: Addons,
  base: ReadonlyMap<string, BaseKind>,
  out: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  const layers: Layer[] = [];
  for (const addon of addons.tarballs) layers.push(await readAddon(shop.tools, addon));
  if (addons.overlay !== undefined) layers.push(await readOverlay(addons.overlay, shop.epoch));
  const owners = resolveOwners(base, layers);
  if (owners.size === 0) return undefined;
  await squashTar(shop.tools, (tar) => new Merge(tar, shop, addons, base, layers, owners).write(), out, shop);
  const names = [...addons.tarballs.map((one) => one.file), 'overlay'];
  return new Map([...owners].map(([file, [layer]]) => [file, names[layer] ?? '']));
}

/** Writes the layers one after the other, each entry where it owns its path. */
class Merge {
  readonly #tar: TarWriter;
  readonly #shop: MediaWorkshop;
  readonly #addons: Addons;
  readonly #base: ReadonlyMap<string, BaseKind>;
  readonly #layers: readonly Layer[];
  readonly #owners: Owners;

  constructor(
    tar: TarWriter,
    shop: MediaWorkshop,
    addons: Addons,
    base: ReadonlyMap<string, BaseKind>,
    layers: readonly Layer[],
    owners: Owners,
  ) {
    this.#tar = tar;
    this.#shop = shop;
    this.#addons = addons;
    this.#base = base;
    this.#layers = layers;
    this.#owners = owners;
  }

  async write(): Promise<void> {
    for (const [i, addon] of this.#addons.tarballs.entries()) {
      let j = 0;
      for await (const item of readTar(openTarball(this.#shop.tools, addon.path), addon.where)) {
        if (this.#owns(item.entry.path, i, j++)) await this.#entry(item.entry, () => item.content());
      }
    }
    const { overlay, tarballs } = this.#addons;
    for (const [j, entry] of (this.#layers[tarballs.length]?.entries ?? []).entries()) {
      if (this.#owns(entry.path, tarballs.length, j))
        await this.#entry(entry, () => createReadStream(path.join(overlay ?? '', entry.path)));
    }
  }

  #owns(file: string, layer: number, entry: number): boolean {
    const owner = this.#owners.get(file);
    return owner?.[0] === layer && owner[1] === entry;
  }

  async #entry(entry: TarEntry, content: () => NodeJS.ReadableStream): Promise<void> {
    this.#tar.parents(entry.path, (folder) => this.#folderAttributes(folder));
    if (entry.kind === 'folder') this.#tar.folder(entry.path, this.#folderAttributes(entry.path));
    else if (entry.kind === 'file') await this.#tar.file(entry.path, entry, entry.size, content());
    else this.#tar.link(entry.path, entry.kind, entry.target ?? '', entry);
  }

  /** The topmost layer decides a folder's mode: folders of the base keep theirs, whatever a tarball says. */
  #folderAttributes(folder: string) {
    const [layer, entry] = this.#owners.get(folder) ?? [];
    const own = layer === undefined || entry === undefined ? undefined : this.#layers[layer]?.entries[entry];
    if (own === undefined || this.#base.has(folder)) return { mode: baseMode(folder), mtime: this.#shop.epoch };
    return own;
  }
}

/** The two folders of the base that are not 0755. */
function baseMode(folder: string): number {
  return folder === 'tmp' ? 0o1777 : folder === 'root' ? 0o700 : 0o755;
}
