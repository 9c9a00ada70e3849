import type { ExecutionContext } from 'ava';
import type { ManifestPackage } from '#runtime/model/manifest.ts';

/** What of an SPDX 2.3 document is looked at. */
export interface Spdx {
  readonly spdxVersion: string;
  readonly dataLicense: string;
  readonly SPDXID: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly packages: readonly {
    readonly SPDXID: string;
    readonly name: string;
    readonly versionInfo: string;
    readonly downloadLocation: string;
    readonly licenseConcluded: string;
    readonly licenseDeclared: string;
    readonly copyrightText: string;
    readonly checksums?: readonly { readonly algorithm: string; readonly checksumValue: string }[];
    readonly externalRefs?: readonly { readonly referenceLocator: string }[];
  }[];
  readonly relationships: readonly { readonly relationshipType: string; readonly relatedSpdxElement: string }[];
}

/** Is it a whole SPDX 2.3 document (clauses 6, 7, 11) that has exactly these packages? */
export function checkSpdx(t: ExecutionContext, sbom: Spdx, packages: readonly ManifestPackage[]): void {
  t.is(sbom.spdxVersion, 'SPDX-2.3');
  t.is(sbom.dataLicense, 'CC0-1.0');
  t.is(sbom.SPDXID, 'SPDXRef-DOCUMENT');
  t.regex(sbom.documentNamespace, /^urn:uuid:[0-9a-f-]{36}$/);
  t.regex(sbom.creationInfo.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  t.regex(sbom.creationInfo.creators[0] ?? '', /^Tool: plumpos-/);
  const ids = new Set(sbom.packages.map((one) => one.SPDXID));
  t.is(ids.size, sbom.packages.length, 'an id stands twice');
  for (const one of sbom.packages) {
    t.regex(one.SPDXID, /^SPDXRef-[A-Za-z0-9.-]+$/);
    for (const field of ['name', 'downloadLocation', 'licenseConcluded', 'licenseDeclared', 'copyrightText'] as const)
      t.is(typeof one[field], 'string', `${one.name}: ${field}`);
    for (const { algorithm, checksumValue } of one.checksums ?? [])
      t.is(checksumValue.length, algorithm === 'SHA512' ? 128 : 64, one.name);
  }
  for (const { name, version, kind } of packages) {
    const found = sbom.packages.filter((one) => one.name === name && one.versionInfo === version);
    t.is(found.length, 1, `${name} ${version}`);
    const locator = found[0]?.externalRefs?.[0]?.referenceLocator;
    if (kind === 'debian') t.regex(locator ?? '', /^pkg:deb\/debian\/.+@.+\?arch=(amd64|all)&distro=bookworm$/);
    if (kind === 'npm') t.regex(locator ?? '', /^pkg:npm\/.+@.+$/);
  }
  t.deepEqual(
    new Set(
      sbom.relationships.filter((one) => one.relationshipType === 'CONTAINS').map((one) => one.relatedSpdxElement),
    ),
    new Set([...ids].filter((id) => id !== 'SPDXRef-Image')),
  );
}
