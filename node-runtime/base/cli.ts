import { pasteable } from './called.ts';
import { completionScript } from './completion.ts';
import { readConfigFile } from './config-file.ts';
import { EXIT, messageOf, PlumpError } from './errors.ts';
import { overviewHelp, verbHelp } from './help.ts';
import { knownError } from './known-error.ts';
import { parseOptions } from './options.ts';
import { manPage } from './man-page.ts';
import type { Io, Part, Program, Verb } from './verb.ts';

/** Texts about all verbs at once. */
const ABOUT_ALL: Readonly<Record<string, (program: Program, part: Part) => string>> = {
  help: ({ verbs, examples }, part) => overviewHelp(verbs, examples, part),
  completion: completionScript,
  man: manPage,
};

/** How the launcher of a checkout asks each of its two programs for its part of them. */
const PARTS: Readonly<Record<string, Part>> = { '--head': 'head', '--tail': 'tail' };

/**
 * Runs one command line from words to exit status: finds the verb, parses its options, runs it, and turns an error
 * into one message on standard error. Never throws.
 */
export async function runProgram(program: Program, argv: readonly string[], io: Io): Promise<number> {
  const debug = argv.includes('--debug') || io.env['PLUMPOS_DEBUG'] === '1';
  try {
    return await dispatch(program, argv, io);
  } catch (error) {
    return report(error, io, debug);
  }
}

async function dispatch(program: Program, argv: readonly string[], io: Io): Promise<number> {
  const [name, ...words] = argv;
  const part = PARTS[words[0] ?? ''];
  const text = part && ABOUT_ALL[name ?? '']?.(program, part);
  if (text !== undefined) {
    io.out(name === 'help' ? pasteable(text, io.env) : text);
    return EXIT.done;
  }
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return help(program, words[0], io);
  if (name === '--version') {
    io.out(`plumpos ${program.version}\n`);
    return EXIT.done;
  }
  return await runVerb(program, findVerb(program.verbs, name), name, words, io);
}

/** @param name by which it was called; of a verb's verb both names, which the configuration file takes too (`lab up`). */
async function runVerb(
  program: Program,
  verb: Verb,
  name: string,
  words: readonly string[],
  io: Io,
  key = verb.name,
): Promise<number> {
  const [first, ...rest] = words;
  if (verb.verbs && first !== undefined && !first.startsWith('-')) {
    if (first === 'help') return showHelp(verb, name, rest[0], io);
    const inner = findVerb(verb.verbs, first, name);
    return await runVerb(program, inner, `${name} ${first}`, rest, io, `${key} ${inner.name}`);
  }
  try {
    const config = readConfigFile(io.cwd, { name: key, options: verb.options }, verbNames(program));
    const ours = verb.rewrite?.(words) ?? words;
    const parsed = parseOptions(verb.options, ours, { env: io.env, config }, verb);
    if (parsed.help) return showHelp(verb, name, undefined, io);
    const most = verb.words === undefined ? 0 : (verb.maxWords ?? Number.POSITIVE_INFINITY);
    const extra = parsed.positionals[most];
    if (extra !== undefined) throw new PlumpError('PLUMP_USAGE', `one word too many: '${extra}'`);
    return await verb.run({ values: parsed.values, positionals: parsed.positionals, io, calledAs: name, program });
  } catch (error) {
    throw withHelp(error, name);
  }
}

/** All that the configuration file may name; of a verb's verb both names. */
export function verbNames({ verbs, otherVerbs = [] }: Pick<Program, 'verbs' | 'otherVerbs'>): string[] {
  const own = verbs.flatMap((verb) => [verb.name, ...(verb.verbs ?? []).map((inner) => `${verb.name} ${inner.name}`)]);
  return [...own, ...otherVerbs];
}

/** A command line that is wrong, and says no more than that, is told where the right one stands. */
function withHelp(error: unknown, name: string): unknown {
  if (!(error instanceof PlumpError) || error.code !== 'PLUMP_USAGE' || error.hint !== undefined) return error;
  return new PlumpError('PLUMP_USAGE', error.message, { hint: `plumpos ${name} --help`, cause: error });
}

function showHelp(verb: Verb, name: string, inner: string | undefined, io: Io): number {
  const shown = inner === undefined ? verb : findVerb(verb.verbs ?? [], inner, name);
  io.out(pasteable(verbHelp(shown, inner === undefined ? name : `${name} ${inner}`), io.env));
  return EXIT.done;
}

function help(program: Program, name: string | undefined, io: Io): number {
  const text =
    name === undefined ? overviewHelp(program.verbs, program.examples) : verbHelp(findVerb(program.verbs, name));
  io.out(pasteable(text, io.env));
  return EXIT.done;
}

function findVerb(verbs: readonly Verb[], name: string, of?: string): Verb {
  const verb = verbs.find((one) => one.name === name || one.aliases?.includes(name));
  if (verb) return verb;
  if (of !== undefined)
    throw new PlumpError('PLUMP_USAGE', `unknown verb '${of} ${name}'`, { hint: `plumpos ${of} --help` });
  throw new PlumpError('PLUMP_USAGE', `unknown verb '${name}'`, { hint: "'plumpos' alone lists the verbs" });
}

function report(thrown: unknown, io: Io, debug: boolean): number {
  if (io.signal.aborted) {
    io.err('plumpos: stopped');
    return 130;
  }
  const error = knownError(thrown);
  const known = error instanceof PlumpError ? error : undefined;
  io.err(`plumpos: ${pasteable(messageOf(error), io.env)}${known ? ` (${known.code})` : ''}`);
  if (known?.hint !== undefined) io.err(`  ${pasteable(known.hint, io.env)}`);
  if (debug && error instanceof Error) {
    io.err(error.stack ?? '');
    if (error.cause !== undefined)
      io.err(`caused by: ${error.cause instanceof Error ? error.cause.stack : String(error.cause)}`);
  } else if (!known) io.err('  this is a defect of plumpos; --debug shows where');
  return known?.exitCode ?? EXIT.failed;
}
