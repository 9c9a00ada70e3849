import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const CALL = /\btest(?:\.serial)?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;

/** Finds the file, seen from the repository's root, whose test has this title; a title made in a loop counts, too. */
export function testFinder(): (title: string) => string | undefined {
  const files = globSync('test/**/*.test.ts', { cwd: root })
    .toSorted()
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));
  return (title) => files.find(({ text }) => has(text, title))?.file;
}

function has(text: string, title: string): boolean {
  return [...text.matchAll(CALL)].some(([, quote, raw = '']) => {
    const plain = raw.replace(/\\(['"`])/g, '$1');
    return quote === '`' ? isMade(text, plain, title) : plain === title;
  });
}

/** `${name}` of a title stands for a text that is written in the same file. */
function isMade(text: string, template: string, title: string): boolean {
  const pattern = template
    .split(/\$\{[^}]*\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('(.+)');
  const parts = new RegExp(`^${pattern}$`).exec(title)?.slice(1);
  return parts !== undefined && parts.every((part) => text.includes(`'${part}'`));
}
