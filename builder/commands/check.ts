import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EXIT, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import type { KernelFinding } from '#runtime/model/kernel-needs.ts';
import { openTools } from '../host/open-tools.ts';
import type { Tools } from '../host/tool-tree.ts';
import { findKernels, type KernelSource } from '../plan/kernel-sources.ts';
import { chooseModules, decodeModuleLists } from '../plan/module-choice.ts';
import { chosenModules } from '../steps/pack-modules.ts';
import { inspectKernel } from '../steps/prepare-kernels.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What is told of one kernel. */
interface Report {
  readonly path: string;
  readonly form: string;
  readonly name: string | null;
  readonly release: string;
  /** Modules that came with it, and those of them the image would take. */
  readonly modules: number;
  readonly taken: number;
  /** Would an image with it be built? */
  readonly boots: boolean;
  readonly findings: readonly KernelFinding[];
}

/** `plumpos check`: what a kernel would be good for, without building anything. */
export const checkVerb = defineVerb({
  name: 'check',
  group: 'On the workstation',
  summary: 'look whether a kernel is fit for the image',
  details: [
    'Takes kernels as build does, drop-ins in kernels/ too. Errors are what keeps a node from booting; warnings are',
    'what will not work on it. The exit status is 78 when there is an error.',
  ].join('\n'),
  examples: [
    'plumpos check --kernel ./mykernel',
    'plumpos check --kernel linux-image-6.1.0-56-amd64_6.1.192-2_amd64.deb --json',
  ],
  options: {
    kernel: { type: 'list', value: '[NAME=]PATH', help: 'a kernel folder, kernel .deb, kernel build tree or bzImage' },
    json: { type: 'flag', help: 'one JSON object a kernel' },
  },
  async run({ values, io }) {
    const sources = findKernels(values.kernel, io.cwd).filter((one) => one.form !== 'stock');
    if (sources.length === 0)
      throw new PlumpError('PLUMP_USAGE', 'there is no kernel to check', {
        hint: 'name one: plumpos check --kernel PATH',
      });
    const tools = await openTools('image', { env: io.env, signal: io.signal, notice: io.err });
    let fit = true;
    for (const source of sources) {
      const report = await check(tools, source);
      fit &&= report.boots;
      io.out(values.json ? `${JSON.stringify(report)}\n` : readable(report));
    }
    return fit ? EXIT.done : EXIT.badConfiguration;
  },
});

async function check(tools: Tools, source: KernelSource): Promise<Report> {
  await using scratch = await scratchFolder();
  const kernel = await inspectKernel(tools, source, path.join(scratch.path, 'kernel'));
  const lists = path.join(root, 'rootfs/modules.json');
  const index = kernel.modules?.index;
  const choice = index && chooseModules(index, decodeModuleLists(await readFile(lists, 'utf8'), lists), false);
  // Reads each module that would be taken, and so finds those of another version.
  await chosenModules(tools, kernel, choice?.node ?? new Set(), path.join(scratch.path, 'chosen'));
  return {
    path: source.path,
    form: source.form,
    name: source.name ?? null,
    release: kernel.release,
    modules: index?.paths.size ?? 0,
    taken: choice?.node.size ?? 0,
    boots: kernel.findings.every((one) => one.level !== 'error'),
    findings: kernel.findings,
  };
}

async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plumpos-check-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

function readable(report: Report): string {
  const taken =
    report.modules === 0 ? 'no modules' : `${report.modules} modules, ${report.taken} of them for the image`;
  const lines = [
    `${report.path}: Linux ${report.release} (${report.form}), ${taken}`,
    ...report.findings.map((one) => `  ${one.level.padEnd(7)}  ${one.feature}: ${one.text}`),
  ];
  if (report.findings.length === 0) lines.push('  fit: everything PlumpOS needs is there');
  else lines.push(report.boots ? '  boots, with the limits above' : '  does not boot: an image with it is refused');
  return `${lines.join('\n')}\n`;
}
