import { readFileSync } from 'node:fs';
import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { knownError } from '#runtime/base/known-error.ts';

test('a file that is missing, or is a folder, is no defect of ours', (t) => {
  for (const file of ['/no/such/file', '/']) {
    const thrown = t.throws(() => readFileSync(file));
    const error = knownError(thrown);
    t.true(error instanceof PlumpError);
    t.is((error as PlumpError).code, 'PLUMP_INPUT');
  }
});
