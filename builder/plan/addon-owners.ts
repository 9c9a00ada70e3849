import { PlumpError } from '#runtime/base/errors.ts';
import { printable } from '../formats/printable.ts';
import type { TarEntry } from '../formats/tar-entry.ts';

/** What stands at a path of the base root, the image without add-ons. */
export type BaseKind = 'file' | 'folder' | 'link';

/** One source of paths: a tarball of a list, or the user's overlay. */
export interface Layer {
  /** How messages call it: file and line of the list, or the folder. */
  readonly where: string;
  readonly entries: readonly TarEntry[];
  /** May it take paths others own? */
  readonly replace: boolean;
}

/** Which entry of which layer stands at each path in the end: index of the layer, index of the entry. */
export type Owners = ReadonlyMap<string, readonly [layer: number, entry: number]>;

interface Claim {
  readonly layer: number;
  readonly entry: number;
  readonly kind: TarEntry['kind'];
}

/**
 * Decides who owns each path when the layers are laid over the base in order. Folders may be shared; anything else has one
 * owner, unless a later layer says `replace`.
 * @throws PlumpError PLUMP_PACKAGE naming both owners, or the link a path passes through.
 */
export function resolveOwners(base: ReadonlyMap<string, BaseKind>, layers: readonly Layer[]): Owners {
  const claims = new Map<string, Claim>();
  layers.forEach((layer, i) => {
    layer.entries.forEach((entry, j) => {
      refuseDetour(entry.path, layer, claims, layers, base);
      const standing = claims.get(entry.path);
      refuseConflict(entry, layer, i, standing, layers, base);
      if (entry.kind === 'hardlink') refuseLooseEnd(entry, layer, i, claims);
      if (entry.kind !== 'folder' || standing === undefined || standing.layer === i)
        claims.set(entry.path, { layer: i, entry: j, kind: entry.kind });
    });
  });
  refuseBuried(claims, layers);
  return new Map([...claims].map(([path, claim]) => [path, [claim.layer, claim.entry] as const]));
}

function refuseConflict(
  entry: TarEntry,
  layer: Layer,
  i: number,
  standing: Claim | undefined,
  layers: readonly Layer[],
  base: ReadonlyMap<string, BaseKind>,
): void {
  if (standing?.layer === i) return; // within one tarball the later entry counts, as with tar itself
  const kind = standing?.kind ?? base.get(entry.path);
  if (kind === undefined || (kind === 'folder' && entry.kind === 'folder')) return;
  const owner = standing ? layers[standing.layer]?.where : 'the base system';
  const what = `${printable(entry.path)} is owned by ${owner} already`;
  if (kind === 'folder' || entry.kind === 'folder')
    throw conflict(
      layer,
      `${what}, as a ${kind === 'folder' ? 'folder' : 'file'}`,
      'a folder and a file cannot share a path',
    );
  if (!layer.replace) throw conflict(layer, what, "if that is meant, write 'replace' after the name in the list");
}

/** No part of the way to a path may be a link, or (an earlier layer's) file: it would land elsewhere on the node. */
function refuseDetour(
  path: string,
  layer: Layer,
  claims: ReadonlyMap<string, Claim>,
  layers: readonly Layer[],
  base: ReadonlyMap<string, BaseKind>,
): void {
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
    const part = path.slice(0, cut);
    const claim = claims.get(part);
    const kind = claim?.kind ?? base.get(part);
    if (kind === undefined || kind === 'folder') continue;
    const owner = claim ? layers[claim.layer]?.where : 'the base system';
    const what = kind === 'link' ? 'passes through the link' : 'lies below the file';
    throw conflict(layer, `${printable(path)} ${what} ${printable(part)} of ${owner}`, DETOUR_HINT);
  }
}

const DETOUR_HINT = 'pack it under the real folder, e.g. usr/bin instead of bin, usr/lib instead of lib';

function refuseLooseEnd(entry: TarEntry, layer: Layer, i: number, claims: ReadonlyMap<string, Claim>): void {
  const target = claims.get(entry.target ?? '');
  if (target?.layer === i && target.kind === 'file') return;
  throw conflict(
    layer,
    `the hard link ${printable(entry.path)} needs the file ${printable(entry.target ?? '')} earlier in the same tarball`,
  );
}

/** A link or file laid where an earlier entry of the same tarball has things below it. */
function refuseBuried(claims: ReadonlyMap<string, Claim>, layers: readonly Layer[]): void {
  for (const [path, claim] of claims) {
    const cut = path.lastIndexOf('/');
    const parent = cut < 0 ? undefined : claims.get(path.slice(0, cut));
    if (parent === undefined || parent.kind === 'folder') continue;
    const layer = layers[claim.layer] as Layer;
    throw conflict(layer, `${printable(path)} passes through ${printable(path.slice(0, cut))}, which is no folder`);
  }
}

function conflict(layer: Layer, message: string, hint?: string): PlumpError {
  return new PlumpError('PLUMP_PACKAGE', `${layer.where}: ${message}`, hint === undefined ? {} : { hint });
}
