import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, version as esbuildVersion } from 'esbuild';
import { hashFile, hashFolder } from '../cache/hash-files.ts';
import type { StepCache, StepResult } from '../cache/step-cache.ts';

/** The two programs of a member. */
const ENTRIES = ['agent', 'tools'] as const;
const NPM_LIST = 'npm.json';

/**
 * Bundles the agent and the tools, one CommonJS file each: a third of the start-up time and RAM of loose files (evidence f3 §4).
 * Names stay readable, so that a stack trace from a node tells something.
 * @param root the checkout.
 * @returns the folder with agent.cjs, tools.cjs and a list of the npm packages inside.
 */
export async function bundleRuntime(cache: StepCache, root: string): Promise<StepResult> {
  const runtime = path.join(root, 'node-runtime');
  const inputs = {
    sources: await hashFolder(runtime, '**/*.ts'),
    lock: await hashFile(path.join(root, 'package-lock.json')),
    esbuild: esbuildVersion,
    recipe: 3,
  };
  return cache.result('bundle', inputs, async (folder) => {
    const result = await bundle(root, folder, false);
    await writeFile(
      path.join(folder, NPM_LIST),
      JSON.stringify(await npmFolders(root, Object.keys(result.metafile.inputs))),
    );
  });
}

/**
 * @param out folder for agent.cjs and tools.cjs.
 * @param faults lets tests say where something is to fail (node-runtime/services/faults.ts).
 */
export async function bundle(root: string, out: string, faults: boolean) {
  return build({
    absWorkingDir: root,
    entryPoints: ENTRIES.map((name) => `node-runtime/${name}.ts`),
    outdir: out,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    minifySyntax: true,
    legalComments: 'eof',
    metafile: true,
    logLevel: 'silent',
    define: { PLUMPOS_FAULTS: `${faults}` },
  });
}

/** An npm package inside the bundles. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Where it lies, relative to the checkout: node_modules/…; the same name may be there twice, in two versions. */
  readonly folder: string;
}

/** The npm packages inside the bundles that {@link bundleRuntime} made. */
export async function bundledPackages(bundle: string): Promise<BundledPackage[]> {
  return JSON.parse(await readFile(path.join(bundle, NPM_LIST), 'utf8')) as BundledPackage[];
}

async function npmFolders(root: string, files: readonly string[]): Promise<BundledPackage[]> {
  const folders = new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const found = await Promise.all(
    [...folders].toSorted().map(async (folder) => {
      const text = await readFile(path.join(root, folder, 'package.json'), 'utf8');
      const { name, version, license } = JSON.parse(text) as { name: string; version: string; license?: string };
      return { name, version, license: license ?? 'NOASSERTION', folder };
    }),
  );
  return found;
}
