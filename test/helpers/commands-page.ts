import { isSetInColumns, optionName, optionText, otherNames, usageOf } from '#runtime/base/help.ts';
import { COMMON_OPTIONS } from '#runtime/base/options.ts';
import type { Verb } from '#runtime/base/verb.ts';

const HEAD = `# Commands

This page is made from the option tables of the verbs; \`plumpos VERB --help\` says the same. Flags win over \`PLUMPOS_OPTION\` in the environment
(\`PLUMPOS_NO_KEY=1\`), that over \`plumpos.config.json\` in the working directory (\`{"build":{"compress":"xz"}}\`), that over the default.
A switch in the environment is \`1\` or \`0\`, in the file \`true\` or \`false\`; a name in the file that is none is an error.
Data goes to standard output, progress and errors to standard error. Exit statuses: [errors.md](errors.md).

\`source <(plumpos completion bash)\` makes bash complete verbs, options and members; \`plumpos man | man -l -\` is this page on a terminal. A PC that
joined has both by itself: TAB (with Debian's package bash-completion), and \`man plumpos\`.

Every verb also takes \`--help\` (\`-h\`) and \`--debug\`: ${COMMON_OPTIONS.debug.help}.
`;

/** docs/commands.md: every verb under its group, with its options. */
export function commandsPage(verbs: readonly Verb[]): string {
  const groups = [...Map.groupBy(verbs, (verb) => verb.group)];
  const chapters = groups.map(([group, members]) =>
    [`## ${group}\n`, ...members.map((verb) => section(verb))].join('\n'),
  );
  return [HEAD, ...chapters].join('\n');
}

function section(verb: Verb, within = ''): string {
  const name = `${within}${verb.name}`;
  const options = Object.entries(verb.options);
  const parts = [`${within === '' ? '###' : '####'} ${name}`, `\`${usageOf(verb, name)}\`: ${plain(verb.summary)}.`];
  if (verb.details !== undefined) parts.push(details(verb.details));
  const rows = options.map(
    ([option, spec]) => `| \`${cell(optionName(option, spec))}\` | ${plain(optionText(spec))} |`,
  );
  if (rows.length > 0) parts.push(['| option | |', '|---|---|', ...rows].join('\n'));
  if (verb.aliases?.length)
    parts.push(
      `Also called ${otherNames(verb)
        .map((other) => `\`${other}\``)
        .join(', ')}.`,
    );
  if (verb.examples?.length) parts.push(verb.examples.map((example) => `    ${example}`).join('\n'));
  const inner = (verb.verbs ?? []).map((one) => `\n${section(one, `${name} `)}`);
  return `${parts.join('\n\n')}\n${inner.join('')}`;
}

/** Lines that are set in columns stay so. */
function details(text: string): string {
  return isSetInColumns(text) ? `\`\`\`text\n${text.trim()}\n\`\`\`` : plain(text);
}

/** Text of a table as Markdown: nothing in it is meant as markup. */
function plain(text: string): string {
  return text.trim().replace(/[<*_|]/g, (sign) => `\\${sign}`);
}

function cell(code: string): string {
  return code.replaceAll('|', String.raw`\|`);
}
