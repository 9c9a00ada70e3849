import { hash } from 'node:crypto';
import type { Manifest, ManifestPackage } from '#runtime/model/manifest.ts';

const UNSAID = 'NOASSERTION';

/**
 * The software bill of materials as an SPDX 2.3 document (JSON). Ids, namespace and time follow from the image, so that the
 * same image has the same document.
 */
export function renderSbom(manifest: Manifest): string {
  const image = 'SPDXRef-Image';
  const packages = withIds(manifest.packages);
  const contains = packages.map(({ id }) => relation(image, 'CONTAINS', id));
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `plumpos-${manifest.image}`,
    documentNamespace: `urn:uuid:${uuid(manifest.image)}`,
    creationInfo: {
      created: new Date(manifest.epoch * 1000).toISOString().replace('.000', ''),
      creators: [`Tool: plumpos-${manifest.version}`],
    },
    packages: [imagePackage(manifest, image), ...packages.map(({ id, one }) => describe(one, id, manifest.suite))],
    relationships: [relation('SPDXRef-DOCUMENT', 'DESCRIBES', image), ...contains],
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function imagePackage(manifest: Manifest, id: string) {
  return {
    SPDXID: id,
    name: 'plumpos.iso',
    versionInfo: `${manifest.version} image ${manifest.image}`,
    downloadLocation: UNSAID,
    filesAnalyzed: false,
    licenseConcluded: UNSAID,
    licenseDeclared: 'GPL-2.0-or-later',
    copyrightText: UNSAID,
    primaryPackagePurpose: 'OPERATING-SYSTEM',
  };
}

function describe(one: ManifestPackage, id: string, suite: string) {
  const locator = purl(one, suite);
  const sum = checksum(one.hash);
  return {
    SPDXID: id,
    name: one.name,
    versionInfo: one.version,
    downloadLocation: UNSAID,
    filesAnalyzed: false,
    licenseConcluded: UNSAID,
    licenseDeclared: one.license === '' ? UNSAID : one.license,
    copyrightText: UNSAID,
    ...(one.source === '' ? {} : { sourceInfo: `built from the source package ${sourcesOf(one).join(', ')}` }),
    ...(sum ? { checksums: [sum] } : {}),
    ...(locator === undefined
      ? {}
      : {
          externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: locator }],
        }),
  };
}

function sourcesOf({ source, sourceVersion, builtUsing = [] }: ManifestPackage): string[] {
  return [`${source} ${sourceVersion}`, ...builtUsing];
}

function purl({ kind, name, version, architecture = 'amd64' }: ManifestPackage, suite: string): string | undefined {
  const at = encodeURIComponent(version);
  if (kind === 'debian') return `pkg:deb/debian/${name}@${at}?arch=${architecture}&distro=${suite}`;
  if (kind === 'npm') return `pkg:npm/${name.replace('@', '%40')}@${at}`;
  return undefined;
}

function checksum(text: string): { algorithm: string; checksumValue: string } | undefined {
  const [, kind, hex] = /^(SHA256|SHA512):([0-9a-f]+)$/i.exec(text) ?? [];
  if (kind !== undefined && hex !== undefined) return { algorithm: kind.toUpperCase(), checksumValue: hex };
  const [, base64] = /^sha512-(\S+)$/.exec(text) ?? [];
  if (base64 === undefined) return undefined;
  return { algorithm: 'SHA512', checksumValue: Buffer.from(base64, 'base64').toString('hex') };
}

/** Two names that differ only in what an id cannot hold (a.b and a/b) are numbered. */
function withIds(packages: readonly ManifestPackage[]): { id: string; one: ManifestPackage }[] {
  const seen = new Map<string, number>();
  return packages.map((one) => {
    const id = spdxId(one);
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return { id: count === 1 ? id : `${id}-${count}`, one };
  });
}

/** SPDX ids are letters, digits, dots and dashes. */
function spdxId({ kind, name }: ManifestPackage): string {
  return `SPDXRef-${kind}-${name.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^-/, '')}`;
}

function relation(from: string, relationshipType: string, to: string) {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

/** A name-based UUID (RFC 9562, version 8) out of the image id. */
function uuid(image: string): string {
  const hex = hash('sha256', `plumpos sbom ${image}`);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
