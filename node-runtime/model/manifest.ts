/** One file of the image or the medium, and where it came from. */
export interface ManifestFile {
  /** Path on the node (root, add-ons, modules), or on the medium. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Name of the package or part it is from; {@link Manifest.packages} has its version. */
  readonly from: string;
}

/** A Debian or npm package, or a part of our own, that the image holds something of. */
export interface ManifestPackage {
  readonly name: string;
  readonly version: string;
  readonly kind: 'debian' | 'npm' | 'plumpos' | 'kernel' | 'addon';
  /** Hash of the package as it was fetched, `SHA256:hex` or npm's integrity; empty for our own. */
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
  /** Bytes by part: iso, kernel, initrd, modules, root, addons, loaders. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Least RAM in MB to reach `joined`: booting from the medium, and by network. */
  readonly minimumMB: { readonly medium: number; readonly network: number };
  readonly packages: readonly ManifestPackage[];
  readonly files: readonly ManifestFile[];
}
