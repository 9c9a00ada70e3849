import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ManifestPackage } from '#runtime/model/manifest.ts';
import type { DebReference } from '../formats/print-uris.ts';
import type { AptRoot } from '../host/apt-root.ts';
import { run } from '../host/exec.ts';
import type { BundledPackage } from './bundle-runtime.ts';

/** A Debian package as the manifest names it: with the source package its control file tells. */
export async function debianPackage(
  name: string,
  version: string,
  hash: string,
  deb: string,
): Promise<ManifestPackage> {
  const { stdout } = await run('dpkg-deb', ['--field', deb, 'Source', 'Built-Using', 'Architecture']);
  // `Source: linux-signed-amd64 (6.1.192+2)`; the field is missing where name and version are the same.
  const [, source = name, sourceVersion = version] = /^Source: (\S+)(?: \((\S+)\))?/m.exec(stdout) ?? [];
  // `Built-Using: linux (= 6.1.192-2)`: the signed kernel's own source package holds nothing but signatures.
  const using = /^Built-Using: (.*(?:\n .*)*)/m.exec(stdout)?.[1] ?? '';
  const builtUsing = [...using.matchAll(/([a-z0-9][a-z0-9+.-]+) \(= ([^)\s]+)\)/g)].map(
    ([, from, at]) => `${from} ${at}`,
  );
  const architecture = /^Architecture: (\S+)/m.exec(stdout)?.[1] ?? 'amd64';
  const more = {
    ...(builtUsing.length > 0 ? { builtUsing } : {}),
    ...(architecture === 'amd64' ? {} : { architecture }),
  };
  return { name, version, kind: 'debian', source, sourceVersion, ...more, license: '', hash };
}

/** Those of a tool tree's packages whose files stand on the medium. */
export async function loaderPackages(
  apt: AptRoot,
  offered: readonly DebReference[],
  names: readonly string[],
): Promise<ManifestPackage[]> {
  const wanted = offered.filter((deb) => names.includes(deb.name));
  const files = await apt.fetch(wanted);
  return await Promise.all(wanted.map((deb, i) => debianPackage(deb.name, deb.version, deb.hash, files[i] ?? '')));
}

/** npm packages with the hashes of package-lock.json. */
export async function npmPackages(root: string, wanted: readonly BundledPackage[]): Promise<ManifestPackage[]> {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity?: string }>;
  };
  return wanted.map(({ name, version, license, folder }) => {
    const hash = lock.packages[folder]?.integrity ?? '';
    return { name, version, kind: 'npm', source: '', sourceVersion: '', license, hash };
  });
}
