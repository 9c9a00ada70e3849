import { readFileSync } from 'node:fs';
import path from 'node:path';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/jobs');

/** A file of test/fixtures/jobs. */
export function jobFile(name: string): string {
  return path.join(fixtures, name);
}

/** What is in it, for a shell. */
export function script(name: string): string {
  return readFileSync(jobFile(name), 'utf8');
}

/** A shell's line that runs it by python3 with these words. */
export function inPython(name: string, ...words: number[]): string {
  return `python3 - ${words.join(' ')} <<'END'\n${script(name)}END`;
}
