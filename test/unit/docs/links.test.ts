import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';

const root = path.resolve(import.meta.dirname, '../../..');
const pages = globSync(['*.md', 'docs/*.md', '{kernels,packages,final,rootfs}/README.md'], { cwd: root }).toSorted();

/** `[text](target)` and `![text](target)` outside code, without those that leave the repository. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^( {4}|\t).*$|^```[^]*?^```$|`[^`\n]*`/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((one) => !one.includes('://'));
}

/** The anchors GitHub makes of a page's headings. */
function anchorsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

for (const page of pages) {
  test(`every link of ${page} leads somewhere`, (t) => {
    const file = path.join(root, page);
    for (const link of linksOf(readFileSync(file, 'utf8'))) {
      const [target = '', anchor] = link.split('#');
      const full = target === '' ? file : path.resolve(path.dirname(file), target);
      t.true(existsSync(full), `${page}: ${link}`);
      if (anchor !== undefined && full.endsWith('.md'))
        t.true(anchorsOf(full).includes(anchor), `${page}: ${link} names no heading`);
    }
    t.pass();
  });
}
