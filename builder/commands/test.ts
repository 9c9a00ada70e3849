import { globSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { EXIT, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb, type Io } from '#runtime/base/verb.ts';
import type { TapResult } from '../formats/tap.ts';
import { avaHere, runAva, type StartAva } from '../host/ava.ts';
import { runChecks } from '../host/checks.ts';
import { startAvaPc } from '../lab/ava-in-pc.ts';

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
  words: '[KIND…]',
  details: `Kinds: ${Object.keys(KINDS).join(', ')}; all of them when none is named.`,
  examples: ['plumpos test', 'plumpos test unit --match lease'],
  options: { match: { type: 'string', value: 'TEXT', help: 'only tests whose title holds this text' } },
  async run({ values, positionals, io }) {
    const kinds = chooseKinds(positionals);
    const tally = new Tally(io);
    const from = performance.now();
    if (kinds.some((kind) => KINDS[kind].needsImage)) await buildImage(io);
    for (const kind of kinds) await runKind(kind, values.match, tally, io);
    tally.summary((performance.now() - from) / 1000);
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
      for await (const check of runChecks(root, io.signal)) tally.check(check.name, check.passed, check.output);
  } else if (globSync(`test/${kind}/**/*.test.ts`, { cwd: root }).length > 0) {
    const onResult = (result: TapResult) => tally.result(kind, result);
    const lost = await withAva(kind, io, (start) =>
      runAva({ kind, match, concurrency, hangMinutes, signal: io.signal, start, onResult }),
    );
    for (const text of lost) tally.check(`${kind}: every test file loads and ends`, false, text);
  }
  io.err(`-- ${kind}: ${((performance.now() - from) / 1000).toFixed(0)} s`);
}

/** Tests of namespaces and of several users are root's: somebody else has them in a virtual PC, where she is root. */
async function withAva<T>(kind: Kind, io: Io, work: (start: StartAva) => Promise<T>): Promise<T> {
  if (kind !== 'integration' || process.getuid?.() === 0) return await work(avaHere(root, io.signal));
  io.err('the integration tests need root: they run in a virtual PC, which takes half an hour without KVM');
  await using pc = await startAvaPc(root, { env: io.env, signal: io.signal, notice: (text) => io.err(text) });
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

const WHY_LINES = 30;

/** The assertion alone: what a test logged besides may be a whole console, and the end of a long run is what is kept of it. */
function whyOf(notes: string): string {
  const lines = notes.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  return lines
    .slice(0, WHY_LINES)
    .map((line) => `\n       ${line}`)
    .join('');
}

/** Counts results, prints failures in full, and once more at the end in short. */
class Tally {
  passed = 0;
  failed = 0;
  readonly #failures: { name: string; why: string }[] = [];
  readonly #io: Io;

  constructor(io: Io) {
    this.#io = io;
  }

  result(kind: string, result: TapResult): void {
    if (result.skipped)
      this.check(`${kind}: ${result.name}`, false, 'a skipped test proves nothing; remove it or mend it');
    else this.check(`${kind}: ${result.name}`, result.passed, result.notes.join('\n'));
  }

  check(name: string, passed: boolean, notes: string): void {
    if (passed) this.passed++;
    else {
      this.failed++;
      this.#failures.push({ name, why: whyOf(notes) });
    }
    this.#io.err(`${passed ? 'ok    ' : 'FAILED'} ${name}`);
    if (!passed && notes.trim() !== '') this.#io.err(notes.trimEnd().replace(/^/gm, '       '));
  }

  summary(seconds: number): void {
    for (const { name, why } of this.#failures) this.#io.err(`failed: ${name}${why}`);
    this.#io.err(`-- ${(seconds / 60).toFixed(1)} minutes`);
    this.#io.out(`${this.passed} passed, ${this.failed} failed\n`);
  }
}
