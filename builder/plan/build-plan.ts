import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { type Addons, findAddons } from './addon-sources.ts';
import type { BuildOptions } from './build-options.ts';
import { type ImagePackages, readImagePackages } from './image-packages.ts';
import { findKernels, type KernelSource } from './kernel-sources.ts';

/** Everything a build is going to do, resolved before anything is fetched or written. */
export interface BuildPlan {
  /** The checkout: our own files. */
  readonly root: string;
  /** The user's working directory. */
  readonly cwd: string;
  readonly out: string;
  readonly list: ImagePackages;
  readonly suite: string;
  readonly kernels: readonly KernelSource[];
  readonly addons: Addons;
  readonly keyFile: string;
  readonly options: BuildOptions;
}

/** @throws PlumpError PLUMP_KERNEL, PLUMP_CONFIG for what can be told wrong by looking at names alone. */
export function makeBuildPlan(options: BuildOptions, root: string, cwd: string): BuildPlan {
  checkRootShell(options);
  const list = readImagePackages(path.join(root, 'rootfs'));
  return {
    root,
    cwd,
    out: path.resolve(cwd, options.out),
    list,
    suite: options.suite ?? list.suite,
    kernels: findKernels(options.kernel, cwd),
    addons: findAddons(cwd, options.packages, options.overlay),
    keyFile: path.join(cwd, 'cluster.key'),
    options,
  };
}

function checkRootShell({ 'console-password': password, 'debug-image': open }: BuildOptions): void {
  if (password === undefined) return;
  if (open)
    throw new PlumpError('PLUMP_USAGE', '--console-password and --debug-image exclude each other', {
      hint: 'the first asks for a password, the second opens the root shell to everybody',
    });
  // What a keyboard of any country types at a login.
  if (!/^[\x21-\x7e]{1,64}$/.test(password))
    throw new PlumpError('PLUMP_USAGE', '--console-password takes 1 to 64 plain ASCII characters without spaces');
}

/** The plan as `--dry-run` prints it: plain data. */
export function planSummary(plan: BuildPlan): Record<string, unknown> {
  const { kernels, addons, out, suite, options, list } = plan;
  return {
    kernels: kernels.map((one) => ({
      form: one.form,
      path: one.path || `linux-image-amd64 of ${suite}`,
      name: one.name ?? 'from its release',
    })),
    debianPackages: [...Object.keys(list.programs), ...list.libraries].toSorted(),
    suite,
    addons: addons.tarballs.map((one) => one.path),
    overlay: addons.overlay ?? null,
    secret: secretPlaces(options).length === 0 ? 'left out' : plan.keyFile,
    secretIn: secretPlaces(options),
    rootShell: options['debug-image'] ? 'open' : options['console-password'] === undefined ? 'none' : 'with a password',
    secureBoot: !options['no-secure-boot'],
    compress: options.compress,
    out,
  };
}

/** Which of the results hold the cluster's secret. */
export function secretPlaces(options: Pick<BuildOptions, 'no-key' | 'pxe-key'>): ('plumpos.iso' | 'pxe/')[] {
  return [...(options['no-key'] ? [] : ['plumpos.iso' as const]), ...(options['pxe-key'] ? ['pxe/' as const] : [])];
}
