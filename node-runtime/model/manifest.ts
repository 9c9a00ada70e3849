/** One file of the image or the medium, and where it came from. */
export interface ManifestFile {
  /** Path as on a running node: the medium is at /cdrom there. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Name of the package or part it is from; {@link Manifest.packages} has its version. */
  readonly from: string;
}

/** A package, or a part of our own, that the image holds something of. */
export interface ManifestPackage {
  readonly name: string;
  readonly version: string;
  readonly kind: 'debian' | 'npm' | 'plumpos' | 'kernel' | 'addon';
  /** Debian's architecture where it is not amd64. */
  readonly architecture?: string;
  /** Debian's source package and its version, where they are called otherwise. */
  readonly source: string;
  readonly sourceVersion: string;
  /** Further source packages that parts of it were built from, `name version` each (Debian's Built-Using). */
  readonly builtUsing?: readonly string[];
  /** SPDX expression where the package tells one; Debian's copyright files are in the image, /usr/share/licenses. */
  readonly license: string;
  /** Hash of the package as it was fetched: `SHA256:hex`, or npm's `sha512-base64`; empty for our own. */
  readonly hash: string;
}

/** final/manifest.json. */
export interface Manifest {
  readonly format: 1;
  readonly image: string;
  readonly version: string;
  readonly suite: string;
  /** SOURCE_DATE_EPOCH of the build. */
  readonly epoch: number;
  readonly secureBoot: boolean;
  readonly kernels: readonly { readonly name: string; readonly release: string; readonly form: string }[];
  /** Bytes by part of the ISO. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly minimumRamMB: typeof LEAST_RAM_MB;
  readonly packages: readonly ManifestPackage[];
  readonly files: readonly ManifestFile[];
}

/**
 * RAM in MB with which a node reaches `joined`, as measured (docs/benchmarks.md) and 16 MB more. With UEFI the firmware and GRUB want
 * more than the node.
 */
export const LEAST_RAM_MB = { cd: 144, pxe: 240, uefi: 400 } as const;
