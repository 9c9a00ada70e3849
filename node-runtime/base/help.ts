import { COMMON_OPTIONS, type OptionSpec } from './options.ts';
import type { Part, Verb } from './verb.ts';

/** The help of one verb, made from its table. `name`: its whole name, when it is the verb of a verb. */
export function verbHelp(verb: Verb, name = verb.name): string {
  const lines = [`Usage: ${usageOf(verb, name)}`, '', verb.summary];
  if (verb.details !== undefined) lines.push('', verb.details.trim());
  if (verb.verbs) lines.push('', ...verb.verbs.map((one) => `  ${one.name.padEnd(9)}  ${one.summary}`));
  lines.push('', 'Options:', ...optionLines({ ...verb.options, ...COMMON_OPTIONS }));
  if (verb.aliases?.length) lines.push('', `Also called: ${otherNames(verb).join(', ')}`);
  if (verb.examples?.length) lines.push('', 'Examples:', ...verb.examples.map((example) => `  ${example}`));
  return `${lines.join('\n')}\n`;
}

/** `plumpos` alone: all verbs under their headings, and three examples. */
export function overviewHelp(verbs: readonly Verb[], examples: readonly string[], part: Part = 'whole'): string {
  const groups = Map.groupBy(verbs, (verb) => verb.group);
  const lines = part === 'tail' ? [] : ['Usage: plumpos VERB [OPTIONS] …', ''];
  for (const [group, members] of groups) {
    lines.push(`${group}:`, ...members.map((verb) => `  ${verb.name.padEnd(10)}  ${verb.summary}`), '');
  }
  lines.push('Examples:', ...examples.map((example) => `  ${example}`), '');
  if (part !== 'head') lines.push("'plumpos VERB --help' tells the rest.");
  return `${lines.join('\n')}\n`;
}

/** How a verb is called. `name`: its whole name, when it is the verb of a verb. */
export function usageOf(verb: Verb, name = verb.name): string {
  const options = Object.keys(verb.options).length > 0 ? ' [OPTIONS]' : '';
  return `plumpos ${name}${options}${verb.words === undefined ? '' : ` ${verb.words}`}`;
}

/** Its other names, with their words where these are others. */
export function otherNames({ aliases = [], aliasWords = {} }: Verb): string[] {
  return aliases.map((alias) => (aliasWords[alias] === undefined ? alias : `${alias} ${aliasWords[alias]}`));
}

/** Are the lines of a text set in columns, which have to stay so? */
export function isSetInColumns(text: string): boolean {
  return /\S {2,}\S|^ /m.test(text);
}

function optionLines(table: Readonly<Record<string, OptionSpec>>): string[] {
  const rows = Object.entries(table).map(([name, spec]) => [optionName(name, spec), optionText(spec)] as const);
  const width = Math.min(30, Math.max(...rows.map(([name]) => name.length)));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

/** An option as people type it, with the name of its value. */
export function optionName(name: string, spec: OptionSpec): string {
  const word = spec.value ?? (spec.choices ? spec.choices.join('|') : 'VALUE');
  const value = spec.type === 'flag' ? '' : spec.implied === undefined ? ` ${word}` : `[=${word}]`;
  return `${spec.short === undefined ? '' : `-${spec.short}, `}--${name}${value}`;
}

/** What an option does, and its default. */
export function optionText(spec: OptionSpec): string {
  const repeat = spec.type === 'list' ? ' (may be repeated)' : '';
  return `${spec.help}${repeat}${spec.default === undefined || spec.default === '' ? '' : ` (default: ${String(spec.default)})`}`;
}
