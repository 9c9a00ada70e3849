import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';

const processIo = path.resolve(import.meta.dirname, '../../../node-runtime/base/process-io.ts');
const tools = path.resolve(import.meta.dirname, '../../../node-runtime/tools.ts');

test('a command works in a folder that was deleted meanwhile', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  const command = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', tools, 'nodes', '--help'];
  const { exitCode, stdout, stderr } = await execa('sh', ['-c', command, 'sh', folder, ...node], { reject: false });
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /^Usage: plumpos nodes/m);
});

test('who reads slowly gets all that was printed; who has gone is not waited for', async (t) => {
  const program = `import { printed } from ${JSON.stringify(processIo)};
    process.stdout.on('error', () => {});
    process.stdout.write('x'.repeat(1_000_000));
    await printed();
    process.exit(7);`;
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  const into = async (reader: string) => {
    const script = `set -o pipefail; "$@" | { ${reader}; }`;
    const { exitCode, stdout } = await execa('bash', ['-c', script, 'bash', ...node], { reject: false });
    return [exitCode, stdout.trim()];
  };
  t.deepEqual(await into('sleep 0.5; wc -c'), [7, '1000000']);
  t.deepEqual(await into('head -c 1'), [7, 'x']);
});
