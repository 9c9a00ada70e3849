import type { StepCache } from '../cache/step-cache.ts';
import type { AptRoot } from '../host/apt-root.ts';
import type { Tools } from '../host/tool-tree.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { RootTree } from '../plan/root-tree.ts';
import type { KernelPart } from './kernel-part.ts';
import type { UnpackedPackage } from './unpack-packages.ts';

/** What the steps of a build hand on to each other. A field is there once the step that makes it has run. */
export interface BuildContext {
  readonly plan: BuildPlan;
  readonly cacheFolder: string;
  readonly cache: StepCache;
  /** A folder of this build alone, gone when it ends. */
  readonly work: string;
  readonly signal: AbortSignal;
  apt?: AptRoot;
  tools?: Tools;
  signed?: Tools;
  kernels?: readonly KernelPart[];
  /** Folders of finished parts. */
  node?: string;
  native?: string;
  bundle?: string;
  packages?: readonly UnpackedPackage[];
  tree?: RootTree;
  /** root.squashfs */
  root?: string;
  /** addons.squashfs, where there are add-ons or an overlay. */
  addons?: string | undefined;
  /** head.tar.zst */
  head?: string;
  /** Hash over everything the image is made of: the first 16 hex digits are its id. */
  identity?: string;
  /** Folder with plumpos.iso, pxe/, manifest.json … ready to be put into final/. */
  media?: string;
  /** Folder with the source packages, where they were asked for. */
  sources?: string;
}

/** A field an earlier step has made. */
export function made<K extends keyof BuildContext>(context: BuildContext, field: K): NonNullable<BuildContext[K]> {
  const value = context[field];
  if (value === undefined || value === null) throw new Error(`build step out of order: ${field} is not made yet`);
  return value;
}
