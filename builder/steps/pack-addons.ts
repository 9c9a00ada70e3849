import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { ManifestFile } from '#runtime/model/manifest.ts';
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
 * @returns its files, each from its tarball or from `overlay`; undefined when there is nothing, and no file is written.
 * @throws PlumpError PLUMP_PACKAGE for whatever is wrong with a tarball or two of them together.
 */
export async function packAddons(
  shop: MediaWorkshop,
  addons: Addons,
  base: ReadonlyMap<string, BaseKind>,
  out: string,
): Promise<ManifestFile[] | undefined> {
  const layers: Layer[] = [];
  for (const addon of addons.tarballs) layers.push(await readAddon(shop.tools, addon));
  if (addons.overlay !== undefined) layers.push(await readOverlay(addons.overlay, shop.epoch));
  const owners = resolveOwners(base, layers);
  if (owners.size === 0) return undefined;
  const files: ManifestFile[] = [];
  const write = (tar: TarWriter) => {
    files.length = 0;
    return new Merge(tar, shop, addons, base, layers, owners, files).write();
  };
  await squashTar(shop.tools, write, out, shop);
  return files;
}

/** Writes the layers one after the other, each entry where it owns its path. */
class Merge {
  readonly #tar: TarWriter;
  readonly #shop: MediaWorkshop;
  readonly #addons: Addons;
  readonly #base: ReadonlyMap<string, BaseKind>;
  readonly #layers: readonly Layer[];
  readonly #owners: Owners;
  readonly #files: ManifestFile[];

  constructor(
    tar: TarWriter,
    shop: MediaWorkshop,
    addons: Addons,
    base: ReadonlyMap<string, BaseKind>,
    layers: readonly Layer[],
    owners: Owners,
    files: ManifestFile[],
  ) {
    this.#tar = tar;
    this.#shop = shop;
    this.#addons = addons;
    this.#base = base;
    this.#layers = layers;
    this.#owners = owners;
    this.#files = files;
  }

  async write(): Promise<void> {
    for (const [i, addon] of this.#addons.tarballs.entries()) {
      let j = 0;
      for await (const item of readTar(openTarball(this.#shop.tools, addon.path), addon.where)) {
        if (this.#owns(item.entry.path, i, j++)) await this.#entry(item.entry, () => item.content(), addon.file);
      }
    }
    const { overlay, tarballs } = this.#addons;
    for (const [j, entry] of (this.#layers[tarballs.length]?.entries ?? []).entries()) {
      if (this.#owns(entry.path, tarballs.length, j))
        await this.#entry(entry, () => createReadStream(path.join(overlay ?? '', entry.path)), 'overlay');
    }
  }

  #owns(file: string, layer: number, entry: number): boolean {
    const owner = this.#owners.get(file);
    return owner?.[0] === layer && owner[1] === entry;
  }

  async #entry(entry: TarEntry, content: () => Readable, from: string): Promise<void> {
    this.#tar.parents(entry.path, (folder) => this.#folderAttributes(folder));
    if (entry.kind === 'folder') this.#tar.folder(entry.path, this.#folderAttributes(entry.path));
    else if (entry.kind === 'file') await this.#file(entry, content(), from);
    else this.#tar.link(entry.path, entry.kind, entry.target ?? '', entry);
  }

  async #file(entry: TarEntry, content: Readable, from: string): Promise<void> {
    const sum = createHash('sha256');
    content.on('data', (chunk: Buffer) => sum.update(chunk));
    await this.#tar.file(entry.path, entry, entry.size, content);
    this.#files.push({ path: `/${entry.path}`, sha256: sum.digest('hex'), bytes: entry.size, from });
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
