import type { ManifestPackage } from '#runtime/model/manifest.ts';

/** One source package, and what of the image was built from it. */
export interface WantedSource {
  readonly name: string;
  readonly version: string;
  readonly of: readonly string[];
}

/** The Debian source packages of an image, sorted; with those its packages were built using. */
export function wantedSources(packages: readonly ManifestPackage[]): WantedSource[] {
  const found = new Map<string, string[]>();
  for (const one of packages) {
    if (one.kind !== 'debian') continue;
    for (const source of [`${one.source} ${one.sourceVersion}`, ...(one.builtUsing ?? [])])
      found.set(source, [...(found.get(source) ?? []), one.name]);
  }
  return [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([source, of]) => {
      const [name = '', version = ''] = source.split(' ');
      return { name, version, of: of.toSorted() };
    });
}
