import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { migrationPage } from '../../helpers/migration-page.ts';
import { MIGRATION } from '../../helpers/migration-rows.ts';
import { testFinder } from '../../helpers/test-titles.ts';

const file = new URL('../../../docs/migration.md', import.meta.url);
const fileOf = testFinder();

test('docs/migration.md is made from its rows', (t) => {
  const page = migrationPage(MIGRATION, fileOf);
  if (process.env['PLUMPOS_WRITE_DOCS'] === '1') writeFileSync(file, page);
  const same = readFileSync(file, 'utf8') === page;
  t.true(same, "make it anew: PLUMPOS_WRITE_DOCS=1 ./plumpos test unit --match 'docs/migration.md'");
});

test('every row of docs/migration.md that claims something names a test that is there', (t) => {
  for (const row of MIGRATION.flatMap(({ rows }) => rows)) {
    if (row.test !== undefined) t.not(fileOf(row.test), undefined, `there is no test '${row.test}'`);
    if (row.moves === 'no') t.not(row.test, undefined, `what shows that this does not move: ${row.what}?`);
  }
  t.is(fileOf('what is told of a program with an elephant'), undefined);
});
