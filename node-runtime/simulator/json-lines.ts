const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|\n/g;

interface Open {
  readonly list: boolean;
  readonly path: string;
  index: number;
  key: string;
}

/**
 * The line (from 1) on which each value of a JSON text stands, by path as decoders write it: `jobs[0].count`. The text must be valid;
 * one pass over its tokens, because JSON.parse tells no places.
 */
export function linesOfJson(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const open: Open[] = [];
  let line = 1;
  let isKey = false;
  for (const [token] of text.matchAll(TOKENS)) {
    const top = open.at(-1);
    if (token === '\n') line++;
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') {
      if (top?.list) top.index++;
      else isKey = true;
    } else if (token === ':') isKey = false;
    else if (isKey && top !== undefined) {
      top.key = JSON.parse(token) as string;
      lines.set(pathIn(top), line);
    } else {
      const path = top === undefined ? '' : pathIn(top);
      if (!lines.has(path)) lines.set(path, line);
      if (token === '{' || token === '[') open.push({ list: token === '[', path, index: 0, key: '' });
      isKey = token === '{';
    }
  }
  return lines;
}

function pathIn({ list, path, index, key }: Open): string {
  if (list) return `${path}[${index}]`;
  return path === '' ? key : `${path}.${key}`;
}
