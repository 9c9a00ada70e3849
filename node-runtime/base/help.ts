import { COMMON_OPTIONS, type OptionSpec } from './options.ts';
import type { Verb } from './verb.ts';

/** The help of one verb, made from its table. `name`: its whole name, when it is the verb of a verb. */
export function verbHelp(verb: Verb, name = verb.name): string {
  const lines = [`Usage: plumpos ${name}${usageTail(verb)}`, '', verb.summary];
  if (verb.details !== undefined) lines.push('', verb.details.trim());
  if (verb.verbs) lines.push('', ...verb.verbs.map((one) => `  ${one.name.padEnd(9)}  ${one.summary}`));
  lines.push('', 'Options:', ...optionLines({ ...verb.options, ...COMMON_OPTIONS }));
  if (verb.aliases?.length) lines.push('', `Also called: ${verb.aliases.join(', ')}`);
  if (verb.examples?.length) lines.push('', 'Examples:', ...verb.examples.map((example) => `  ${example}`));
  return `${lines.join('\n')}\n`;
}

/** Which part of the overview to print: a checkout has two programs, whose overviews follow each other. */
export type OverviewPart = 'whole' | 'head' | 'tail';

/** `plumpos` alone: all verbs under their headings, and three examples. */
export function overviewHelp(
  verbs: readonly Verb[],
  examples: readonly string[],
  part: OverviewPart = 'whole',
): string {
  const groups = Map.groupBy(verbs, (verb) => verb.group);
  const lines = part === 'tail' ? [] : ['Usage: plumpos VERB [OPTIONS] …', ''];
  for (const [group, members] of groups) {
    lines.push(`${group}:`, ...members.map((verb) => `  ${verb.name.padEnd(9)}  ${verb.summary}`), '');
  }
  lines.push('Examples:', ...examples.map((example) => `  ${example}`), '');
  if (part !== 'head') lines.push("'plumpos VERB --help' tells the rest.");
  return `${lines.join('\n')}\n`;
}

function usageTail(verb: Verb): string {
  return `${Object.keys(verb.options).length ? ' [OPTIONS]' : ''}${verb.words === undefined ? '' : ` ${verb.words}`}`;
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
