import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { copyFile, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { EXIT, messageOf, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb, type Io } from '#runtime/base/verb.ts';
import { cacheFolder } from '../cache/cache-folder.ts';
import { StepCache } from '../cache/step-cache.ts';
import { BUILD_OPTIONS } from '../plan/build-options.ts';
import { type BuildPlan, makeBuildPlan, planSummary } from '../plan/build-plan.ts';
import { type ProgressStyle, runSteps } from '../progress/build-progress.ts';
import { buildSummary } from '../progress/build-summary.ts';
import type { BuildContext } from '../steps/build-context.ts';
import { buildList } from '../steps/build-list.ts';

const root = path.resolve(import.meta.dirname, '../..');
const LEAST_FREE_BYTES = 1.5e9;
const KEEP_CACHE_DAYS = 14;

/** `plumpos build` (of old: `plumpos install`): one ISO and the network boot files from kernels, packages and our own parts. */
export const buildVerb = defineVerb({
  name: 'build',
  aliases: ['install'],
  group: 'On the workstation',
  summary: 'make the ISO and the network boot files',
  examples: ['plumpos build', 'plumpos build --kernel ./mykernel', 'plumpos build --dry-run'],
  options: BUILD_OPTIONS,
  async run({ values, io }) {
    const plan = makeBuildPlan(values, root, io.cwd);
    if (values['dry-run']) return printPlan(plan, io);
    const cache = cacheFolder(io.env);
    mkdirSync(cache, { recursive: true });
    await refuseFullDisk([cache, existingPart(plan.out)]);
    await build(plan, cache, io);
    return EXIT.done;
  },
});

async function build(plan: BuildPlan, cacheDir: string, io: Io): Promise<void> {
  const log = path.join(cacheDir, 'build.log');
  await rm(log, { force: true });
  const write = (line: string) => appendFileSync(log, `${line}\n`);
  const work = mkdtempSync(path.join(cacheDir, '.build-'));
  // Even process.exit on a second Ctrl-C leaves no work folder behind.
  const clean = () => rmSync(work, { recursive: true, force: true });
  process.on('exit', clean);
  const cache = new StepCache(cacheDir, { use: !plan.options['no-cache'] });
  const context: BuildContext = { plan, cacheFolder: cacheDir, cache, work, signal: io.signal };
  const from = performance.now();
  try {
    await runSteps(buildList(context), styleOf(plan, io), io, write);
    await cache.prune(KEEP_CACHE_DAYS);
  } catch (error) {
    write(error instanceof Error ? (error.stack ?? error.message) : String(error));
    throw explained(error, log, io);
  } finally {
    clean();
    process.off('exit', clean);
  }
  await copyFile(log, path.join(plan.out, 'build.log'));
  const summary = await buildSummary(context, (performance.now() - from) / 1000);
  if (plan.options.json) io.out(`${JSON.stringify({ event: 'result', ...summary.data })}\n`);
  else io.out(summary.text);
}

function printPlan(plan: BuildPlan, io: Io): number {
  io.out(
    plan.options.json ? `${JSON.stringify(planSummary(plan))}\n` : `${JSON.stringify(planSummary(plan), null, 2)}\n`,
  );
  return EXIT.done;
}

function styleOf(plan: BuildPlan, io: Io): ProgressStyle {
  if (plan.options.json) return 'json';
  return io.interactive ? 'moving' : 'plain';
}

/** The nearest folder above `file` that exists. */
function existingPart(file: string): string {
  try {
    return statSync(file).isDirectory() ? file : path.dirname(file);
  } catch {
    return existingPart(path.dirname(file));
  }
}

async function refuseFullDisk(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < LEAST_FREE_BYTES)
      throw new PlumpError(
        'PLUMP_DISK',
        `too little room for a build in ${folder}: ${Math.floor((bavail * bsize) / 1e6)} MB free, 1500 MB wanted`,
        {
          hint: 'make room, or name another place: --out DIR, PLUMPOS_CACHE=DIR',
        },
      );
  }
}

function explained(error: unknown, log: string, io: Io): unknown {
  if (io.signal.aborted) return new PlumpError('PLUMP_STOPPED', 'stopped');
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    return new PlumpError('PLUMP_DISK', `the disk is full: ${messageOf(error)}`, { cause: error });
  if (!(error instanceof PlumpError)) return error;
  io.err(`the log of this build: ${log}`);
  return error;
}
