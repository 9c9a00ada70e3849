import { isSetInColumns, optionName, optionText, otherNames, usageOf } from './help.ts';
import { COMMON_OPTIONS, type OptionTable } from './options.ts';
import type { Part, Program, Verb } from './verb.ts';

/** Signs that roff takes for markup, or sets otherwise than they are typed. Source: groff_char(7), groff_man_style(7). */
const SIGNS: Readonly<Record<string, string>> = {
  '\\': String.raw`\e`,
  '-': String.raw`\-`,
  "'": String.raw`\(aq`,
  '"': String.raw`\(dq`,
  '`': String.raw`\(ga`,
  '^': String.raw`\(ha`,
  '~': String.raw`\(ti`,
};

const DESCRIPTION = `Data goes to standard output, progress and errors to standard error. Options win over PLUMPOS_OPTION in the environment, that over
plumpos.config.json in the working directory, that over the default.`;

const EXIT_STATUS = [
  ['0', 'done'],
  ['1', 'failed'],
  ['2', 'the command line is wrong'],
  ['3', 'done in part'],
  ['69', 'no agent, or no lab, is running'],
  ['75', 'try again later'],
  ['78', 'the configuration or what was given cannot be used'],
] as const;

/** plumpos(1), as roff with the macros of man: all verbs under the headings that `plumpos` alone has. */
export function manPage({ verbs, version }: Program, part: Part = 'whole'): string {
  const groups = [...Map.groupBy(verbs, (verb) => verb.group)];
  const chapters = groups.flatMap(([group, members]) => [
    `.SH ${argument(group.toUpperCase())}`,
    ...members.flatMap((verb) => section(verb)),
  ]);
  const lines = [...(part === 'tail' ? [] : head(version)), ...chapters, ...(part === 'head' ? [] : tail())];
  return lines.map((line) => `${line}\n`).join('');
}

function head(version: string): string[] {
  return [
    `.TH PLUMPOS 1 "" ${argument(`PlumpOS ${version}`)} ""`,
    '.SH NAME',
    String.raw`plumpos \- spare PCs become one cluster: programs start on any of them, and move while they run`,
    '.SH SYNOPSIS',
    String.raw`\fBplumpos\fR \fIVERB\fR [\fIOPTIONS\fR] ...`,
    '.SH DESCRIPTION',
    ...text(DESCRIPTION),
    '.PP',
    'Every verb also takes',
    ...optionRows(COMMON_OPTIONS),
  ];
}

function tail(): string[] {
  const rows = EXIT_STATUS.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, ...text(meaning)]);
  const ofRun =
    'run ends as the program ended; 125 when PlumpOS itself failed, 126 and 127 when the program cannot be started.';
  return ['.SH "EXIT STATUS"', ...rows, '.PP', ...text(ofRun)];
}

function section(verb: Verb, within = ''): string[] {
  const name = `${within}${verb.name}`;
  const others = otherNames(verb);
  return [
    `.SS ${argument(usageOf(verb, name))}`,
    ...text(`${verb.summary}.`),
    ...(verb.details === undefined ? [] : details(verb.details.trim())),
    ...optionRows(verb.options),
    ...(others.length === 0 ? [] : ['.PP', ...text(`Also called ${others.join(', ')}.`)]),
    ...(verb.examples?.length ? asTyped(verb.examples) : []),
    ...(verb.verbs ?? []).flatMap((one) => section(one, `${name} `)),
  ];
}

function details(prose: string): string[] {
  return isSetInColumns(prose) ? asTyped(prose.split('\n')) : ['.PP', ...text(prose)];
}

function optionRows(options: OptionTable): string[] {
  return Object.entries(options).flatMap(([name, spec]) => [
    '.TP',
    `.B ${argument(optionName(name, spec))}`,
    ...text(optionText(spec)),
  ]);
}

/** Lines that stay as they are. */
function asTyped(lines: readonly string[]): string[] {
  return ['.PP', '.RS 4', '.nf', ...lines.flatMap(text), '.fi', '.RE'];
}

/** A line must not begin with a sign by which roff knows its own. */
function text(prose: string): string[] {
  return prose.split('\n').map((line) => escaped(line).replace(/^(?=[.' ])/, String.raw`\&`));
}

function argument(word: string): string {
  return `"${escaped(word)}"`;
}

function escaped(plain: string): string {
  return plain.replace(/[\\\-'"`^~]/g, (sign) => SIGNS[sign] ?? sign);
}
