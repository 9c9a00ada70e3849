import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { compileC } from '../../../helpers/compile-c.ts';

const MISTAKES = `
#include <limits.h>
#include <stdlib.h>
int main(int count, char **words) {
	(void)words;
	if (count == 1) return 0;
	volatile int most = INT_MAX;
	if (count == 2) return most + count;
	char *volatile byte = malloc(1);
	free(byte);
	return *byte;
}`;

test('C programs of the tests are made with the pinned compiler, and its sanitizers see what is wrong', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'mistakes.c'), MISTAKES);
  const program = path.join(folder, 'mistakes');
  await compileC(program, ['mistakes.c'], { cwd: folder, sanitize: true });
  const said = (...words: string[]) => spawnSync(program, words, { encoding: 'utf8' });
  t.is(said().status, 0);
  t.regex(said('a').stderr, /signed integer overflow/);
  t.regex(said('a', 'b').stderr, /AddressSanitizer: heap-use-after-free/);
});
