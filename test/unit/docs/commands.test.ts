import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { builderVerbs } from '#builder/commands/verbs.ts';
import { toolVerbs } from '#runtime/commands/verbs.ts';
import { verbNames } from '#runtime/base/cli.ts';
import { MEMBER_VERBS, WORKSTATION_VERBS } from '#runtime/base/other-verbs.ts';
import { commandsPage } from '../../helpers/commands-page.ts';

const file = new URL('../../../docs/commands.md', import.meta.url);
const verbs = [...builderVerbs, ...toolVerbs];

test('docs/commands.md is made from the option tables', (t) => {
  const page = commandsPage(verbs);
  if (process.env['PLUMPOS_WRITE_DOCS'] === '1') writeFileSync(file, page);
  const same = readFileSync(file, 'utf8') === page;
  t.true(same, "make it anew: PLUMPOS_WRITE_DOCS=1 ./plumpos test unit --match 'docs/commands.md'");
});

test('every verb has a summary of one line, and every option a text', (t) => {
  for (const verb of verbs.flatMap((one) => [one, ...(one.verbs ?? [])])) {
    t.regex(verb.summary, /^[^\n]{10,80}$/, verb.name);
    for (const [name, spec] of Object.entries(verb.options))
      t.regex(spec.help ?? '', /^[^\n]{4,120}$/, `${verb.name} --${name}`);
  }
});

test('the configuration file may name every verb of the checkout, whichever program has it', (t) => {
  t.deepEqual(MEMBER_VERBS.toSorted(), verbNames({ verbs: toolVerbs }).toSorted());
  t.deepEqual(WORKSTATION_VERBS.toSorted(), verbNames({ verbs: builderVerbs }).toSorted());
});
