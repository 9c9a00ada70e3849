import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readConfigFile } from '#runtime/base/config-file.ts';

const build = {
  name: 'build',
  options: {
    compress: { type: 'string', help: 'how' },
    'no-key': { type: 'flag', help: 'none' },
    kernel: { type: 'list', help: 'some' },
  },
} as const;

function reader(t: ExecutionContext, content?: unknown): () => unknown {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'plumpos.config.json');
  if (content === 'folder') mkdirSync(file);
  else if (content !== undefined) writeFileSync(file, JSON.stringify(content));
  return () => readConfigFile(folder, build, ['build', 'boot', 'lab up']);
}

test('the configuration file gives values to the verb it names; without one there are none', (t) => {
  t.deepEqual(reader(t)(), {});
  t.deepEqual(reader(t, { boot: { nonsense: 1 }, 'lab up': {} })(), {});
  const values = { compress: 'xz', 'no-key': true, kernel: ['a', 'b'] };
  t.deepEqual(reader(t, { build: values })(), values);
});

test('what the configuration file says in vain is told, with what may be meant', (t) => {
  const refused = (content: unknown, message: RegExp, hint?: string) => {
    const error = t.throws(reader(t, content), { code: 'PLUMP_CONFIG', message }) as { hint?: string };
    if (hint !== undefined) t.is(error.hint, hint);
  };
  refused({ build: { compres: 'xz' } }, /'build' has no option 'compres'/, "is 'compress' meant?");
  refused({ biuld: {} }, /there is no verb 'biuld'/, "is 'build' meant?");
  refused({ build: { 'no-key': 'false' } }, /'no-key' must be true or false/);
  refused({ build: { compress: { a: 1 } } }, /'compress' must be a text or a number/);
  refused({ build: { kernel: [['a']] } }, /'kernel' must be a text or a number, or a list/);
  refused({ build: [] }, /'build' must be an object/);
  refused([], /must be an object of verbs/);
  refused('folder', /cannot be read/);
});
