import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DebReference } from '../formats/print-uris.ts';
import { touch } from '../cache/touch.ts';
import type { AptRoot } from '../host/apt-root.ts';
import { unpackDebs } from '../host/unpack-deb.ts';

/** A Debian package unpacked in the cache. */
export interface UnpackedPackage {
  readonly name: string;
  readonly version: string;
  /** As apt knows it, `SHA256:…`. */
  readonly hash: string;
  /** The package file itself. */
  readonly deb: string;
  readonly folder: string;
}

/** Fetches packages and unpacks each into a folder of its own in the cache, once. */
export async function unpackPackages(
  cache: string,
  apt: AptRoot,
  wanted: readonly DebReference[],
): Promise<UnpackedPackage[]> {
  const files = await apt.fetch(wanted);
  const home = path.join(cache, 'unpacked');
  await mkdir(home, { recursive: true });
  const unpacked: UnpackedPackage[] = [];
  for (const [i, deb] of wanted.entries()) {
    const file = files[i] as string;
    const folder = path.join(home, `${deb.name}-${deb.hash.slice(-16)}`);
    if (apt.fresh) await rm(folder, { recursive: true, force: true });
    if (!existsSync(folder)) await unpackDebs([file], folder);
    await touch([folder]);
    unpacked.push({ name: deb.name, version: deb.version, hash: deb.hash, deb: file, folder });
  }
  return unpacked;
}
