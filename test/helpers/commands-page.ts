import { COMMON_OPTIONS, type OptionSpec } from '#runtime/base/options.ts';
import type { Verb } from '#runtime/base/verb.ts';

const HEAD = `# Commands

This page is made from the option tables of the verbs; \`plumpos VERB --help\` says the same. Flags win over \`PLUMPOS_OPTION\` in the environment
(\`PLUMPOS_NO_KEY=1\`), that over \`plumpos.config.json\` in the working directory (\`{"build":{"compress":"xz"}}\`), that over the default.
Data goes to standard output, progress and errors to standard error. Exit statuses: [errors.md](errors.md).

Every verb also takes \`--help\` (\`-h\`) and \`--debug\`: ${COMMON_OPTIONS.debug.help}.
`;

/** docs/commands.md: every verb under its group, with its options. */
export function commandsPage(verbs: readonly Verb[]): string {
  const groups = [...Map.groupBy(verbs, (verb) => verb.group)];
  return [HEAD, ...groups.map(([group, members]) => [`## ${group}\n`, ...members.map(section)].join('\n'))].join('\n');
}

function section(verb: Verb): string {
  const options = Object.entries(verb.options);
  const usage = `plumpos ${verb.name}${options.length > 0 ? ' [OPTIONS]' : ''}${verb.words === undefined ? '' : ` ${verb.words}`}`;
  const parts = [`### ${verb.name}`, `\`${usage}\`: ${verb.summary}.`];
  if (verb.details !== undefined) parts.push(details(verb.details));
  if (options.length > 0)
    parts.push(['| option | |', '|---|---|', ...options.map(([name, spec]) => row(name, spec))].join('\n'));
  if (verb.aliases?.length) parts.push(`Also called ${verb.aliases.map((name) => `\`${name}\``).join(', ')}.`);
  if (verb.examples?.length) parts.push(verb.examples.map((example) => `    ${example}`).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

/** Lines that are set in columns stay so. */
function details(text: string): string {
  return /\S {2,}\S|^ /m.test(text) ? `\`\`\`text\n${text.trim()}\n\`\`\`` : escape(text);
}

function row(name: string, spec: OptionSpec): string {
  const value = spec.type === 'flag' ? '' : ` ${spec.value ?? spec.choices?.join(' | ') ?? 'VALUE'}`;
  const short = spec.short === undefined ? '' : `\`-${spec.short}\`, `;
  const repeat = spec.type === 'list' ? '; may be repeated' : '';
  const usual = spec.default === undefined || spec.default === '' ? '' : ` (default: ${String(spec.default)})`;
  return `| ${short}\`${`--${name}${value}`.replaceAll('|', String.raw`\|`)}\` | ${escape(spec.help)}${repeat}${usual} |`;
}

/** Text of a table as Markdown: nothing in it is meant as markup. */
function escape(text: string): string {
  return text.trim().replace(/[<*_|]/g, (sign) => `\\${sign}`);
}
