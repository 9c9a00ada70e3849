import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { toolVerbs } from '#runtime/commands/verbs.ts';

const tools = path.resolve(import.meta.dirname, '../../../node-runtime/tools.ts');

/** Their output is a program's, or a screen, or nothing but an exit status. */
const WITHOUT = [
  'run',
  'sh',
  'all',
  'console',
  'kill',
  'stop',
  'cont',
  'renice',
  'wait',
  'forget',
  'lock',
  'unlock',
  'completion',
  'man',
];

test('every verb that tells something tells it as JSON too', (t) => {
  const missing = toolVerbs.filter(({ name, options }) => !('json' in options) && !WITHOUT.includes(name));
  t.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});

test('the key is made and shown as one JSON object a line', async (t) => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'plumpos-key-'));
  t.teardown(() => rmSync(cwd, { recursive: true }));
  const key = async (...words: string[]) => {
    const { stdout } = await execa(process.execPath, [tools, 'key', ...words, '--json'], { cwd });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  t.deepEqual(await key('new'), { file: path.join(cwd, 'cluster.key'), replaced: false });
  t.regex(String((await key('show'))['code']), /^[0-9A-Z-]{30,}$/);
  t.like(await key('new'), { replaced: true });
});
