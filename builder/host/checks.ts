import path from 'node:path';
import { execa } from 'execa';

/** One check of the sources that is a test like any other. */
interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const CHECKS: readonly Check[] = [
  { name: 'the types fit (tsc)', program: 'tsc', args: [] },
  { name: 'layer arrows, cycles and floating promises (oxlint)', program: 'oxlint', args: ['--quiet'] },
  { name: 'formatting (biome)', program: 'biome', args: ['format', '--reporter=summary', '.'] },
  {
    name: 'no unused file, export or dependency (knip)',
    program: 'knip',
    args: ['--no-progress', '--no-config-hints'],
  },
];

/** How a check went; `output` is what it printed. */
export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly output: string;
}

/** Runs the linters of the checkout one after the other. They run on the pinned Node.js through `root`'s own bin folder. */
export async function* runChecks(root: string, signal: AbortSignal): AsyncGenerator<CheckResult> {
  const bin = path.join(root, 'node_modules/.bin');
  for (const check of CHECKS) {
    const run = await execa(path.join(bin, check.program), check.args, {
      cwd: root,
      all: true,
      reject: false,
      cancelSignal: signal,
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
    });
    yield { name: check.name, passed: run.exitCode === 0, output: run.all };
  }
}
