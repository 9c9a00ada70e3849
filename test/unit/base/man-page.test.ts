import test from 'ava';
import { builderVerbs } from '#builder/commands/verbs.ts';
import { manPage } from '#runtime/base/man-page.ts';
import { defineVerb, type Verb } from '#runtime/base/verb.ts';
import { toolVerbs } from '#runtime/commands/verbs.ts';

const program = { examples: [], version: '7' };
const page = manPage({ ...program, verbs: builderVerbs }, 'head') + manPage({ ...program, verbs: toolVerbs }, 'tail');
const lines = page.trimEnd().split('\n');

const SIGNS: Readonly<Record<string, string>> = {
  e: '\\',
  '-': '-',
  '(aq': "'",
  '(dq': '"',
  '(ga': '`',
  '(ha': '^',
  '(ti': '~',
};
const ESCAPE = /\\(e|-|&|\((?:aq|dq|ga|ha|ti)|f[BIR])/g;

/** The page as a reader sees it. Source: groff_char(7). */
const plain = page.replaceAll(ESCAPE, (_, name: string) => SIGNS[name] ?? '');

test('the manual page has every verb, option and example of both programs', (t) => {
  const all = (verbs: readonly Verb[]): readonly Verb[] => verbs.flatMap((verb) => [verb, ...all(verb.verbs ?? [])]);
  for (const { name, summary, options, examples = [] } of all([...builderVerbs, ...toolVerbs])) {
    t.true(plain.includes(`${summary}.\n`), name);
    for (const option of Object.keys(options)) t.regex(plain, new RegExp(`^\\.B ".*--${option}\\b`, 'm'), option);
    for (const example of examples) t.true(plain.includes(`\n${example}\n`), example);
  }
  for (const part of ['SYNOPSIS', 'ON THE WORKSTATION', 'JOBS', 'EXIT STATUS'])
    t.is(plain.match(new RegExp(`^\\.SH "?${part}"?$`, 'gm'))?.length, 1, part);
});

test('roff reads the manual page as it is meant: its own macros only, each in its place', (t) => {
  t.regex(lines[0] ?? '', /^\.TH PLUMPOS 1 "" "PlumpOS 7" ""$/);
  t.is(lines.filter((line) => line.startsWith('.TH')).length, 1);
  for (const line of lines) {
    t.not(line, '', 'an empty line is an odd space');
    t.regex(line, /^(\.(TH|SH|SS|TP|PP|B|RS|RE|nf|fi)( |$)|[^.'])/, line);
    t.notRegex(line.replaceAll(ESCAPE, ''), /[\\`^~]|(?<!^\.\S+ .*)"/, line);
  }
  const folds = lines.flatMap((line) => /^\.(nf|fi|RS|RE)/.exec(line)?.[1] ?? []);
  for (let i = 0; i < folds.length; i += 4) t.deepEqual(folds.slice(i, i + 4), ['RS', 'nf', 'fi', 'RE']);
});

test('what roff would take for its own in a text is shown as it stands', (t) => {
  const odd = defineVerb({
    name: 'odd',
    group: 'Odd',
    summary: "it's \\n",
    details: '.SH is no heading\n\'so here\' "quoted"',
    options: {},
    run: async () => 0,
  });
  const shown = manPage({ ...program, verbs: [odd] });
  t.true(
    shown.includes(
      '\n.SS "plumpos odd"\nit\\(aqs \\en.\n.PP\n\\&.SH is no heading\n\\(aqso here\\(aq \\(dqquoted\\(dq\n',
    ),
  );
});
