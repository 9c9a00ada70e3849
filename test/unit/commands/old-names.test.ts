import test from 'ava';
import { toolVerbs } from '#runtime/commands/verbs.ts';
import { OLD_NAMES } from '#runtime/model/old-names.ts';

test('every old name on the PATH is answered by a verb', (t) => {
  const answered = toolVerbs.flatMap((verb) => [verb.name, ...(verb.aliases ?? [])]);
  for (const name of OLD_NAMES) t.true(answered.includes(name), name);
});
