import { messageOf, PlumpError } from '#runtime/base/errors.ts';
import type { Io } from '#runtime/base/verb.ts';

/** One test that has ended, or one check of the linters. */
export interface TestOutcome {
  readonly kind: string;
  readonly name: string;
  readonly passed: boolean;
  /** What it had to say: why it failed, above all. */
  readonly notes: string;
}

/** Who is told how a run of tests goes. */
export interface TestReport {
  test(outcome: TestOutcome): void;
  /** A kind of tests is done. */
  kind(name: string, seconds: number): void;
  notice(text: string): void;
  result(passed: number, failed: number, seconds: number): void;
  /** The run itself cannot go on; the error is thrown, too. */
  error(error: unknown): void;
}

/** For programs: one object a test, the last object is the result. */
export function jsonReport(io: Io): TestReport {
  const say = (event: string, more: object) => io.out(`${JSON.stringify({ event, ...more })}\n`);
  return {
    test: ({ kind, name, passed, notes }) =>
      say('test', { kind, name, passed, ...(passed ? {} : { notes: notes.trimEnd() }) }),
    kind: (kind, seconds) => say('kind', { kind, seconds: Math.round(seconds) }),
    notice: (text) => say('notice', { text }),
    result: (passed, failed, seconds) =>
      say('result', { ok: failed === 0 && passed > 0, passed, failed, seconds: Math.round(seconds) }),
    error: (error) => {
      const code = error instanceof PlumpError ? error.code : undefined;
      say('result', { ok: false, code, error: messageOf(error) });
    },
  };
}

/** For people: a line a test as they come, failures in full, and once more at the end in short. */
export function textReport(io: Io): TestReport {
  const failures: TestOutcome[] = [];
  return {
    test: (outcome) => {
      const { kind, name, passed, notes } = outcome;
      if (!passed) failures.push(outcome);
      io.err(`${passed ? 'ok    ' : 'FAILED'} ${kind}: ${name}`);
      if (!passed && notes.trim() !== '') io.err(notes.trimEnd().replace(/^/gm, '       '));
    },
    kind: (name, seconds) => io.err(`-- ${name}: ${seconds.toFixed(0)} s`),
    notice: (text) => io.err(text),
    result: (passed, failed, seconds) => {
      for (const { kind, name, notes } of failures) io.err(`failed: ${kind}: ${name}${whyOf(notes)}`);
      io.err(`-- ${(seconds / 60).toFixed(1)} minutes`);
      io.out(`${passed} passed, ${failed} failed\n`);
    },
    error: () => {},
  };
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
