/** One finished test of a TAP stream. */
export interface TapResult {
  readonly name: string;
  readonly passed: boolean;
  readonly skipped: boolean;
  /** What follows a result until the next one: the failure's YAML block, log lines. */
  readonly notes: readonly string[];
}

const RESULT = /^(not )?ok \d+ - (.*)$/;
const PLAN = /^1\.\.(\d+)$/;

/**
 * Reads a TAP 13 stream line by line (the part of it that ava writes) and hands over each test once its notes are complete.
 * Source: the Test Anything Protocol, version 13.
 */
export class TapReader {
  readonly #onResult: (result: TapResult) => void;
  /** The name of the last test so far. */
  last = 'the start';
  /** How many there are; ava writes that at the end. */
  planned: number | undefined;
  #open: { name: string; passed: boolean; skipped: boolean; notes: string[] } | undefined;

  constructor(onResult: (result: TapResult) => void) {
    this.#onResult = onResult;
  }

  /** Takes one line without its line end. */
  line(text: string): void {
    const found = RESULT.exec(text);
    if (found) {
      this.end();
      const [name = '', directive = ''] = (found[2] ?? '').split(/ # (?=SKIP|TODO)/i);
      this.last = name;
      this.#open = { name, passed: found[1] === undefined, skipped: directive !== '', notes: [] };
      return;
    }
    const plan = PLAN.exec(text);
    if (plan) this.planned = Number(plan[1]);
    else if (!/^(TAP version|# (tests|pass|fail|skip|todo) )/.test(text)) this.#open?.notes.push(text);
  }

  /** The stream is over: hands over the last test. */
  end(): void {
    if (this.#open) this.#onResult(this.#open);
    this.#open = undefined;
  }
}
