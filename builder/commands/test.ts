import { globSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { EXIT, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb, type Io } from '#runtime/base/verb.ts';
import type { TapResult } from '../formats/tap.ts';
import { avaHere, runAva, type StartAva } from '../host/ava.ts';
import { runChecks } from '../host/checks.ts';
import { startAvaPc } from '../lab/ava-in-pc.ts';
import { jsonReport, type TestOutcome, type TestReport, textReport } from '../progress/test-report.ts';

/** The kinds of tests in the order they run: what fails fastest comes first. */
const KINDS = {
  lint: { concurrency: 1, hangMinutes: 5, needsImage: false },
  unit: { concurrency: 2, hangMinutes: 3, needsImage: false },
  fuzz: { concurrency: 2, hangMinutes: 5, needsImage: false },
  integration: { concurrency: 1, hangMinutes: 5, needsImage: false },
  build: { concurrency: 1, hangMinutes: 15, needsImage: true },
  boot: { concurrency: 1, hangMinutes: 15, needsImage: true },
  cluster: { concurrency: 1, hangMinutes: 20, needsImage: true },
} as const;

type Kind = keyof typeof KINDS;

const root = path.resolve(import.meta.dirname, '../..');

/** `plumpos test`: every kind of test behind one command; its last line is `N passed, N failed`. */
export const testVerb = defineVerb({
  name: 'test',
  group: 'On the workstation',
  summary: 'run the tests (builds the image first where it is needed)',
  words: `[${Object.keys(KINDS).join('|')}…]`,
  details: 'All kinds when none is named.',
  examples: ['plumpos test', 'plumpos test unit --match lease'],
  options: {
    match: { type: 'string', value: 'TEXT', help: 'only tests whose title holds this text' },
    json: { type: 'flag', help: 'one JSON object a test, the last one is the result' },
  },
  async run({ values, positionals, io }) {
    const report = values.json ? jsonReport(io) : textReport(io);
    const tally = new Tally(report);
    const from = performance.now();
    try {
      const kinds = chooseKinds(positionals);
      if (kinds.some((kind) => KINDS[kind].needsImage)) await buildImage(io);
      for (const kind of kinds) await runKind(kind, values.match, tally, io);
    } catch (error) {
      report.error(io.signal.aborted ? new PlumpError('PLUMP_STOPPED', 'stopped', { cause: error }) : error);
      throw error;
    }
    report.result(tally.passed, tally.failed, (performance.now() - from) / 1000);
    if (tally.passed + tally.failed === 0) throw new PlumpError('PLUMP_USAGE', 'no test matches');
    return tally.failed === 0 ? EXIT.done : EXIT.failed;
  },
});

function chooseKinds(words: readonly string[]): readonly Kind[] {
  const all = Object.keys(KINDS) as Kind[];
  const unknown = words.find((word) => !all.includes(word as Kind));
  if (unknown !== undefined)
    throw new PlumpError('PLUMP_USAGE', `unknown kind of test '${unknown}'`, { hint: `kinds: ${all.join(', ')}` });
  return words.length === 0 ? all : all.filter((kind) => words.includes(kind));
}

async function runKind(kind: Kind, match: string | undefined, tally: Tally, io: Io): Promise<void> {
  const { concurrency, hangMinutes } = KINDS[kind];
  const from = performance.now();
  if (kind === 'lint') {
    if (match === undefined)
      for await (const check of runChecks(root, io.signal)) tally.add({ ...check, kind, notes: check.output });
  } else if (globSync(`test/${kind}/**/*.test.ts`, { cwd: root }).length > 0) {
    const onResult = (result: TapResult) => tally.add(outcomeOf(kind, result));
    const lost = await withAva(kind, tally.report, io, (start) =>
      runAva({ kind, match, concurrency, hangMinutes, signal: io.signal, start, onResult }),
    );
    for (const notes of lost) tally.add({ kind, name: 'every test file loads and ends', passed: false, notes });
  }
  tally.report.kind(kind, (performance.now() - from) / 1000);
}

/** Tests of namespaces and of several users are root's: somebody else has them in a virtual PC, where she is root. */
async function withAva<T>(kind: Kind, report: TestReport, io: Io, work: (start: StartAva) => Promise<T>): Promise<T> {
  if (kind !== 'integration' || process.getuid?.() === 0) return await work(avaHere(root, io.signal));
  report.notice('the integration tests need root: they run in a virtual PC, which takes half an hour without KVM');
  await using pc = await startAvaPc(root, { env: io.env, signal: io.signal, notice: (text) => report.notice(text) });
  return await work(pc.start);
}

/** The image under test is the one the user gets: `plumpos build` into final/. */
async function buildImage(io: Io): Promise<void> {
  const build = await execa(path.join(root, 'plumpos'), ['build'], {
    cwd: root,
    stdin: 'ignore',
    stdout: 2,
    stderr: 'inherit',
    reject: false,
    cancelSignal: io.signal,
    forceKillAfterDelay: 20_000,
  });
  if (build.exitCode !== 0)
    throw new PlumpError('PLUMP_IMAGE', 'there is no image to test: the build failed (see above)');
}

function outcomeOf(kind: Kind, { name, passed, skipped, notes }: TapResult): TestOutcome {
  if (skipped) return { kind, name, passed: false, notes: 'a skipped test proves nothing; remove it or mend it' };
  return { kind, name, passed, notes: notes.join('\n') };
}

/** Counts what is reported. */
class Tally {
  passed = 0;
  failed = 0;
  readonly report: TestReport;

  constructor(report: TestReport) {
    this.report = report;
  }

  add(outcome: TestOutcome): void {
    if (outcome.passed) this.passed++;
    else this.failed++;
    this.report.test(outcome);
  }
}
