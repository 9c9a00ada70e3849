import { readFileSync } from 'node:fs';
import test from 'ava';
import { ERROR_CODES } from '#runtime/base/errors.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

test('docs/errors.md has every error code with its exit status, and no other', (t) => {
  const rows = [...page.matchAll(/^\| `(PLUMP_[A-Z_]+)` \| (\d+) \| (.+) \| (.+) \|$/gm)];
  t.deepEqual(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)])), ERROR_CODES);
  t.is(rows.length, Object.keys(ERROR_CODES).length, 'a code stands twice');
});
