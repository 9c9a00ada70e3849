import { readFileSync } from 'node:fs';
import test from 'ava';
import { VERSION } from '#runtime/base/version.ts';

test('a program says the version that package.json and its lock file have', (t) => {
  for (const file of ['package.json', 'package-lock.json']) {
    const { version } = JSON.parse(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')) as {
      version: string;
    };
    t.is(version, VERSION, file);
  }
});
