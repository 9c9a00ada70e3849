import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { type MonView, monPicture } from '#runtime/commands/mon-picture.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { SEEN_MEMBERS, SEEN_MOVES } from '../../helpers/seen-members.ts';

const VIEW: MonView = { kind: 'load', dead: true, totals: false, from: 0 };

function drawn(view: Partial<MonView>, rows: number): string {
  const data = { nodes: SEEN_MEMBERS as readonly NodeView[], moves: SEEN_MOVES };
  const lines = monPicture(data, { ...VIEW, ...view }, { columns: 76, rows });
  return lines.map((line) => `    ${line}`.trimEnd()).join('\n');
}

/** Pictures of a page, each from its first line to the empty one after the block. */
function holds(page: string, pictures: readonly string[]): boolean {
  const file = new URL(`../../../${page}`, import.meta.url);
  let text = readFileSync(file, 'utf8');
  if (process.env['PLUMPOS_WRITE_DOCS'] === '1') {
    for (const picture of pictures) text = text.replace(blockLike(picture), () => picture);
    writeFileSync(file, text);
  }
  return pictures.every((picture) => text.includes(`\n\n${picture}\n`));
}

/** The indented block that begins with the same words. */
function blockLike(picture: string): RegExp {
  const [title = ''] = picture.split(' (').map((part) => part.replace(/\W/g, '\\$&'));
  return new RegExp(`(?<=\\n\\n)${title} [^]*?(?=\\n(\\n(?! {4})|$))`);
}

test('the pictures of README.md and docs/seeing.md are what plumpos mon draws', (t) => {
  const anew = "make them anew: PLUMPOS_WRITE_DOCS=1 ./plumpos test unit --match 'docs/seeing.md'";
  t.true(holds('README.md', [drawn({}, 11)]), anew);
  t.true(holds('docs/seeing.md', [drawn({}, 11), drawn({ kind: 'memory', totals: true }, 12)]), anew);
});
