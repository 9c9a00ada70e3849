import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { pasteable } from '#runtime/base/called.ts';
import { EXIT, messageOf, PlumpError } from '#runtime/base/errors.ts';
import { knownError } from '#runtime/base/known-error.ts';
import { defineVerb, type Io } from '#runtime/base/verb.ts';
import { cacheFolder } from '../cache/cache-folder.ts';
import { refuseFullDisk } from '../cache/free-space.ts';
import { StepCache } from '../cache/step-cache.ts';
import { sweepCache } from '../cache/sweep-cache.ts';
import { refuseForeignOutput } from '../host/own-output.ts';
import { BUILD_OPTIONS } from '../plan/build-options.ts';
import { type BuildPlan, makeBuildPlan, planSummary } from '../plan/build-plan.ts';
import { type ProgressStyle, runSteps } from '../progress/build-progress.ts';
import { buildSummary } from '../progress/build-summary.ts';
import type { BuildContext } from '../steps/build-context.ts';
import { buildList } from '../steps/build-list.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** `plumpos build` (of old: `plumpos install`): one ISO and the network boot files from kernels, packages and our own parts. */
export const buildVerb = defineVerb({
  name: 'build',
  aliases: ['install'],
  group: 'On the workstation',
  summary: 'make the ISO and the network boot files',
  examples: ['plumpos build', 'plumpos build --kernel ./mykernel', 'plumpos build --dry-run'],
  options: BUILD_OPTIONS,
  async run({ values, io }) {
    try {
      const plan = makeBuildPlan(values, root, io.cwd);
      refuseForeignOutput(plan.out, values.sources);
      if (values['dry-run']) io.out(`${JSON.stringify(planSummary(plan), null, values.json ? 0 : 2)}\n`);
      else await build(plan, io);
      return EXIT.done;
    } catch (thrown) {
      const error = knownError(thrown);
      const code = io.signal.aborted ? 'PLUMP_STOPPED' : error instanceof PlumpError ? error.code : undefined;
      if (values.json) io.out(`${JSON.stringify({ event: 'result', ok: false, code, error: messageOf(error) })}\n`);
      throw error;
    }
  },
});

async function build(plan: BuildPlan, io: Io): Promise<void> {
  const cacheDir = cacheFolder(io.env);
  await refuseFullDisk(cacheDir, plan.out);
  mkdirSync(cacheDir, { recursive: true });
  const work = mkdtempSync(path.join(cacheDir, '.build-'));
  // Even process.exit on a second Ctrl-C leaves no work folder behind.
  const clean = () => rmSync(work, { recursive: true, force: true });
  process.on('exit', clean);
  const log = new BuildLog(path.join(work, 'build.log'));
  const cache = new StepCache(cacheDir, { use: !plan.options['no-cache'] });
  const context: BuildContext = { plan, cacheFolder: cacheDir, cache, work, signal: io.signal };
  const from = performance.now();
  try {
    await runSteps(buildList(context), styleOf(plan, io), io, (line) => log.write(line));
    await copyFile(log.file, path.join(plan.out, 'build.log'));
    await sweepCache(cacheDir);
  } catch (error) {
    throw await explained(error, log, cacheDir, io);
  } finally {
    clean();
    process.off('exit', clean);
  }
  const summary = await buildSummary(context, (performance.now() - from) / 1000);
  io.out(
    plan.options.json
      ? `${JSON.stringify({ event: 'result', ok: true, ...summary.data })}\n`
      : pasteable(summary.text, io.env),
  );
}

function styleOf(plan: BuildPlan, io: Io): ProgressStyle {
  if (plan.options.json) return 'json';
  // The moving list is drawn on standard output, which must not go into somebody's file.
  return io.interactive && io.terminal ? 'moving' : 'plain';
}

/** What a build did, line by line; a full disk silences it, and leaves the word to whoever met the full disk. */
class BuildLog {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
    appendFileSync(file, '');
  }

  write(line: string): void {
    try {
      appendFileSync(this.file, `${line}\n`);
    } catch {
      // The step that runs will meet the same.
    }
  }
}

/** The error as the user shall see it; the log of a build that failed is kept in the cache. */
async function explained(error: unknown, log: BuildLog, cacheDir: string, io: Io): Promise<unknown> {
  if (io.signal.aborted) return new PlumpError('PLUMP_STOPPED', 'stopped');
  log.write(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const kept = path.join(cacheDir, 'build.log');
  const saved = await copyFile(log.file, kept).then(
    () => true,
    () => false,
  );
  if (saved) io.err(`the log of this build: ${kept}`);
  if (!(error instanceof PlumpError) && /ENOSPC|no space left on device/i.test(messageOf(error)))
    return new PlumpError('PLUMP_DISK', `the disk is full: ${messageOf(error).trim().split('\n').at(-1)}`, {
      cause: error,
      hint: 'make room, or name another place: --out DIR, PLUMPOS_CACHE=DIR',
    });
  return error;
}
