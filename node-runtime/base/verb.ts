import type { OptionTable, Values } from './options.ts';

/** What a verb may use of the world around it; tests pass their own. */
export interface Io {
  /** Writes data to standard output, as it is. */
  out(text: string): void;
  /** Writes one line of progress or error to standard error. */
  err(line: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Is standard error a terminal that wants colour and motion? False under NO_COLOR and CI. */
  readonly interactive: boolean;
  /** Is standard output a terminal? */
  readonly terminal: boolean;
  /** Aborts on SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
}

/** What a verb is given when it runs. */
export interface VerbInput<T extends OptionTable> {
  readonly values: Values<T>;
  readonly positionals: readonly string[];
  readonly io: Io;
  /** The name it was called by: its own or one of its aliases. */
  readonly calledAs: string;
  /** The program it is a verb of. */
  readonly program: Program;
}

/** One verb of the command line: everything help, parsing, completion and the man page need. */
export interface Verb<T extends OptionTable = OptionTable> {
  readonly name: string;
  /** Other names, the old ones among them (mosctl, mps …). */
  readonly aliases?: readonly string[];
  /** Words of those aliases that take no options. */
  readonly aliasWords?: Readonly<Record<string, string>>;
  /** Heading of `plumpos` alone under which it is listed. */
  readonly group: string;
  /** One line. */
  readonly summary: string;
  /** The words after the options, e.g. `[ISO]` or `NAME -- COMMAND…`; none when absent. */
  readonly words?: string;
  /** Most words taken; 0 when `words` is absent, otherwise without limit unless given. */
  readonly maxWords?: number;
  /** Leave everything from the first word on alone. */
  readonly stopAtWord?: boolean;
  /** More lines of help. */
  readonly details?: string;
  /** What its words mean where they are of an older kind than options are; done first. */
  readonly rewrite?: (words: readonly string[]) => readonly string[];
  readonly examples?: readonly string[];
  readonly options: T;
  /** Verbs of its own, called as its first word; `run` then only sees that there was none. */
  readonly verbs?: readonly Verb[];
  /** Returns the exit status. */
  run(input: VerbInput<T>): Promise<number>;
}

/** A program: its verbs, and the examples `plumpos` alone shows. */
export interface Program {
  readonly verbs: readonly Verb[];
  readonly examples: readonly string[];
  readonly version: string;
  /** Verbs of the checkout's other program, which the configuration file may name. */
  readonly otherVerbs?: readonly string[];
  /** Names it is called by; `plumpos` alone when absent. */
  readonly commands?: readonly string[];
}

/** Which part of a text about all verbs is printed: a checkout has two programs, whose parts follow each other. */
export type Part = 'whole' | 'head' | 'tail';

/** Keeps the literal types of a verb's table, so that `values` is typed from it. */
export function defineVerb<const T extends OptionTable>(verb: Verb<T>): Verb {
  return verb as unknown as Verb;
}
