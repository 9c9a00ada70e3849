import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { blankUnusedParts } from '#builder/formats/node-parts.ts';

/** What the agent does: errors thrown and caught, threads, keys, C functions, a data base, a request that is refused. */
const SCRIPT = `
const { Worker } = require('node:worker_threads');
const { dlopen } = require('node:ffi');
const { DatabaseSync } = require('node:sqlite');
const caught = (f) => { try { f(); return 'none' } catch (error) { return error.code ?? error.name } };
const { functions } = dlopen(null, { getpid: { arguments: [], return: 'i32' } });
console.log(caught(() => JSON.parse('{')), caught(() => new RegExp('(')), caught(() => require('node:fs').readFileSync('/none')));
console.log(caught(() => new DatabaseSync('/none/none')), functions.getpid() === process.pid);
console.log(require('node:crypto').generateKeyPairSync('x25519').publicKey.type);
require('node:net').connect(1, '127.0.0.1').on('error', ({ code }) => {
  console.log(code);
  new Worker('throw new Error("in a thread")', { eval: true }).on('error', ({ message }) => console.log(message));
});
`;

test('Node.js without what the agent has no use for does all that the agent does', (t) => {
  const program = readFileSync(process.execPath);
  t.true(blankUnusedParts(program) > 8_000_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-node-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'node');
  writeFileSync(file, program);
  chmodSync(file, 0o755);
  const said = execFileSync(file, ['-e', SCRIPT], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  t.deepEqual(said.trim().split('\n'), [
    'SyntaxError SyntaxError ENOENT',
    'ERR_SQLITE_ERROR true',
    'public',
    'ECONNREFUSED',
    'in a thread',
  ]);
});

test('another program is left as it is', (t) => {
  const plain = Buffer.from('some program with "AGFzbQEAAAAB" in it');
  const before = Buffer.from(plain);
  t.is(blankUnusedParts(plain), 0);
  t.deepEqual(plain, before);
});
