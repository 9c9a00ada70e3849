import path from 'node:path';
import type { MigrationChapter, MigrationRow } from './migration-rows.ts';

const HEAD = `# What moves, and what does not

A job moves whole: all its processes, their memory, their open files and connections. What CRIU and the kernel cannot take along is told before
anything is frozen: \`plumpos ps --why\` has a line for each reason, with the thing and the program named, and \`plumpos migrate\` refuses with
the same words:

    $ plumpos ps --why
    PID   HOST  WHY                                                   COMMAND
    4711  n1    can move to n2, n3                                    awk BEGIN {…
    4711  n1    cantmove: the CPU of n4 lacks avx2                    awk BEGIN {…
    4712  n1    cantmove: device /dev/snd/pcmC0D0p (play, pid 4712)   play song

A dump that fails all the same leaves the job running where it is. \`plumpos ps --why --json\` has the reasons as \`why\` and those of the other members
as \`members\`.

This page is written by the tests from test/helpers/migration-rows.ts; the last column names the test that shows a row. "not shown yet": it should
move, and no test shows it. openMosix' column is what its HOWTO and talks say, and empty where they do not.
`;

/** docs/migration.md. `fileOf`: the test file, from the repository's root, that has a test of this title. */
export function migrationPage(
  chapters: readonly MigrationChapter[],
  fileOf: (title: string) => string | undefined,
): string {
  const tables = chapters.map(({ title, rows }) =>
    [
      `## ${title}\n`,
      '| | moves | how, or the reason | openMosix | shown by |',
      '|---|---|---|---|---|',
      ...rows.map((row) => line(row, fileOf)),
      '',
    ].join('\n'),
  );
  return [HEAD, ...tables].join('\n');
}

function line(row: MigrationRow, fileOf: (title: string) => string | undefined): string {
  const file = row.test === undefined ? undefined : fileOf(row.test);
  const moves = row.moves === 'yes' && file === undefined ? 'not shown yet' : row.moves;
  const shown = file === undefined ? '' : `[${path.basename(file, '.test.ts')}](../${file})`;
  return `| ${[row.what, moves === 'no' ? '**no**' : moves, row.how, row.openMosix, shown].join(' | ')} |`;
}
