import { parseArgs } from 'node:util';
import { PlumpError } from './errors.ts';

/** One option of a verb. `list` may be repeated; `choice` takes one of `choices`. */
export interface OptionSpec {
  readonly type: 'flag' | 'string' | 'integer' | 'number' | 'list' | 'choice';
  readonly help: string;
  /** What the help calls the value, e.g. PATH. */
  readonly value?: string;
  readonly short?: string;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
  /** `integer` and `number` only: the least value taken. */
  readonly min?: number;
  /** Value meant by the bare option, which then takes another one only as `--name=VALUE`. */
  readonly implied?: string;
}

/** Options of one verb by their long name (kebab-case, as typed). */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S['type'] extends 'flag'
  ? boolean
  : S['type'] extends 'list'
    ? string[]
    : S['type'] extends 'integer' | 'number'
      ? S extends { default: number }
        ? number
        : number | undefined
      : S extends { choices: readonly (infer C)[] }
        ? S extends { default: string }
          ? C
          : C | undefined
        : S extends { default: string }
          ? string
          : string | undefined;

/** The parsed values of a table, by long name. */
export type Values<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** Where values come from besides the flags themselves; flags > environment > configuration file > defaults. */
export interface ValueSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What a command line says: option values and what is left of the words. */
export interface Parsed<T extends OptionTable> {
  readonly values: Values<T>;
  readonly positionals: readonly string[];
  readonly help: boolean;
}

/** Options every verb understands. */
export const COMMON_OPTIONS = {
  help: { type: 'flag', short: 'h', help: 'show this help' },
  debug: { type: 'flag', help: 'show the stack and cause of an error' },
} as const satisfies OptionTable;

/**
 * Parses the words after a verb by its table. With `stopAtWord`, everything from the first word on that is no option
 * is left alone (for verbs that take another program's command line).
 * @throws PlumpError PLUMP_USAGE for an unknown option, a missing or a bad value.
 */
export function parseOptions<T extends OptionTable>(
  table: T,
  words: readonly string[],
  sources: ValueSources,
  { stopAtWord = false } = {},
): Parsed<T> {
  const full: OptionTable = { ...table, ...COMMON_OPTIONS };
  const [head, rest] = stopAtWord ? splitAtWord(full, words) : [words, []];
  const { values, positionals } = readWords(full, head);
  const out: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    const given =
      values[name] ?? fromEnvironment(name, spec, sources.env) ?? fromConfiguration(name, spec, sources.config);
    out[name] = convert(name, spec, given);
  }
  return { values: out as Values<T>, positionals: [...positionals, ...rest], help: values['help'] === true };
}

type Raw = string | boolean | (string | boolean)[] | undefined;

function readWords(
  table: OptionTable,
  words: readonly string[],
): { values: Record<string, Raw>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      {
        type: spec.type === 'flag' ? ('boolean' as const) : ('string' as const),
        ...(spec.short === undefined ? {} : { short: spec.short }),
        ...(spec.type === 'list' ? { multiple: true } : {}),
      },
    ]),
  );
  try {
    // Not allowNegative: it would take our own --no-dhcp for a wish about an option 'dhcp'.
    const args = words.map((word) => withImplied(table, word));
    return parseArgs({ args, options, allowPositionals: true, strict: true }) as {
      values: Record<string, Raw>;
      positionals: string[];
    };
  } catch (error) {
    throw usage(inOurWords((error as Error).message));
  }
}

/** What node:util says of a bad command line, said as all our errors are. */
function inOurWords(message: string): string {
  const [first = ''] = message.split(/\. To specify|\n/);
  const [, option = '', trouble = ''] = /^Option '(?:-\w, )?(--[\w-]+)[^']*' (.*)$/.exec(first) ?? [];
  if (/missing|ambiguous/.test(trouble)) return `${option} needs a value`;
  if (/does not take/.test(trouble)) return `${option} takes no value`;
  return first.charAt(0).toLowerCase() + first.slice(1);
}

function withImplied(table: OptionTable, word: string): string {
  const implied = word.startsWith('--') ? table[word.slice(2)]?.implied : undefined;
  return implied === undefined ? word : `${word}=${implied}`;
}

function splitAtWord(table: OptionTable, words: readonly string[]): [readonly string[], readonly string[]] {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '--') return [words.slice(0, i), words.slice(i + 1)];
    if (!word.startsWith('-') || word === '-') return [words.slice(0, i), words.slice(i)];
    const name = word.startsWith('--')
      ? word.slice(2)
      : Object.entries(table).find(([, s]) => s.short === word[1])?.[0];
    const spec = name === undefined ? undefined : table[name];
    if (spec !== undefined && spec.type !== 'flag' && spec.implied === undefined) i++;
  }
  return [words, []];
}

function fromEnvironment(name: string, spec: OptionSpec, env: ValueSources['env']): Raw {
  const variable = `PLUMPOS_${name.toUpperCase().replaceAll('-', '_')}`;
  const text = env[variable];
  if (text === undefined || text === '') return undefined;
  if (spec.type === 'flag') return toFlag(variable, text);
  return spec.type === 'list' ? text.split(',') : text;
}

function toFlag(variable: string, text: string): boolean {
  if (['1', 'true'].includes(text)) return true;
  if (['0', 'false'].includes(text)) return false;
  throw usage(`${variable} takes 1 or 0, not '${text}'`);
}

function fromConfiguration(name: string, spec: OptionSpec, config: ValueSources['config']): Raw {
  const value = config[name];
  if (value === undefined) return undefined;
  if (spec.type === 'list') return Array.isArray(value) ? value.map(String) : [String(value)];
  return typeof value === 'boolean' ? value : String(value);
}

function convert(name: string, spec: OptionSpec, given: Raw): unknown {
  if (given === undefined)
    return spec.default ?? (spec.type === 'flag' ? false : spec.type === 'list' ? [] : undefined);
  if (spec.type === 'integer' || spec.type === 'number') return toNumber(name, spec, String(given));
  if (spec.type === 'choice' && !spec.choices?.includes(String(given)))
    throw usage(`--${name} takes one of ${spec.choices?.join(', ')}, not '${String(given)}'`);
  return given;
}

function toNumber(name: string, spec: OptionSpec, text: string): number {
  const value = Number(text);
  const wrong = text.trim() === '' || !Number.isFinite(value) || (spec.type === 'integer' && !Number.isInteger(value));
  if (wrong) throw usage(`--${name} takes ${spec.type === 'integer' ? 'a whole number' : 'a number'}, not '${text}'`);
  if (spec.min !== undefined && value < spec.min) throw usage(`--${name} takes ${spec.min} or more, not ${text}`);
  return value;
}

function usage(message: string): PlumpError {
  return new PlumpError('PLUMP_USAGE', message);
}
