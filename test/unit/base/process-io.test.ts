import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';

const tools = path.resolve(import.meta.dirname, '../../../node-runtime/tools.ts');

test('a command works in a folder that was deleted meanwhile', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  const command = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', tools, 'nodes', '--help'];
  const { exitCode, stdout, stderr } = await execa('sh', ['-c', command, 'sh', folder, ...node], { reject: false });
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /^Usage: plumpos nodes/m);
});
