import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { type HeldTasks, whatHolds } from '#runtime/services/guests/cant-move.ts';
import { compileC } from '../helpers/compile-c.ts';
import { nativePrograms } from '../helpers/member-programs.ts';

const shim = path.join(await nativePrograms(), 'shim');
const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-holders-'));
chmodSync(folder, 0o777);
const holders = path.join(folder, 'holders');
await compileC(holders, ['holders.c'], { cwd: path.resolve(import.meta.dirname, '../fixtures') });
chmodSync(holders, 0o755);
test.after.always(() => rmSync(folder, { recursive: true }));

const alice = { uid: 61_000, gid: 61_000, groups: [61_000, 61_042] };
const own = (name: string) => path.join(folder, name);

/** A program that holds what `words` say, as this user; it ends with the scope. */
async function holding(words: readonly string[], by: { uid?: number; gid?: number; under?: string[] } = {}) {
  const { under = [], ...ids } = by;
  const [program = '', ...args] = [...under, ...(words[0]?.startsWith('/') ? words : [holders, ...words])];
  const child: ChildProcess = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...ids });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => (complaint += String(text)));
  const said = once(child.stdout as NodeJS.ReadableStream, 'data');
  const [line] = (await Promise.race([said, once(child, 'close')])) as unknown[];
  const pid = Number(/^ready (\d+)$/m.exec(String(line))?.[1]);
  if (Number.isNaN(pid)) throw new Error(`${words.join(' ')}: ${complaint}`);
  return { pid, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

const why = (pid: number, more: Partial<HeldTasks> = {}) => whatHolds({ pids: [pid], user: alice, shim, ...more });

test('a program that holds everything that moves has no reason to stay', async (t) => {
  using held = await holding(['ordinary', own('ordinary')], alice);
  t.deepEqual(await why(held.pid), []);
});

const HELD: Readonly<Record<string, readonly [words: string[], reason: string]>> = {
  'an io_uring': [['ring'], 'io_uring'],
  'a performance counter': [['perf'], 'perf_event'],
  'a userfaultfd': [['faults'], 'userfaultfd'],
  'a pidfd': [['process'], 'pidfd'],
  'huge pages': [['huge'], 'huge pages'],
  'a POSIX message queue': [['queue', '/plumpos-test'], 'POSIX mqueue /plumpos-test'],
  'an MPTCP socket': [['multipath'], 'MPTCP socket'],
  'a device': [['reads', '/dev/kmsg'], 'device /dev/kmsg'],
  'a nested user namespace': [['nested'], 'nested user namespace'],
  'a debugger': [['traced'], 'ptrace: holders traces it'],
};

for (const [name, [words, reason]] of Object.entries(HELD))
  test(`what is told of a program with ${name}`, async (t) => {
    using held = await holding(words);
    t.deepEqual(await why(held.pid), [`${reason} (holders, pid ${held.pid})`]);
  });

test('what is told of a program with a deleted directory', async (t) => {
  using held = await holding(['homeless', own('gone')], alice);
  t.deepEqual(await why(held.pid), [`its directory ${own('gone')} was deleted (holders, pid ${held.pid})`]);
});

test('what is told of a program with a large file that has no name any more', async (t) => {
  using held = await holding(['nameless', own('large')], alice);
  const text = `${own('large')} was deleted and holds more than 128 MB (holders, pid ${held.pid})`;
  t.deepEqual(await why(held.pid), [text]);
});

test('what is told of a program with a unix socket that leads out of the job', async (t) => {
  await using server = createServer().listen(own('server'));
  await once(server, 'listening');
  const called = once(server, 'connection');
  using held = await holding(['calls', own('server')], { under: ['unshare', '-n'] });
  const [connection] = (await called) as [Socket];
  const reasons = await why(held.pid, { namespaceFile: `/proc/${held.pid}/ns/net` });
  t.deepEqual(reasons, [`unix socket connected to ${own('server')} outside the job (holders, pid ${held.pid})`]);
  using inside = await holding(['ordinary', own('sockets')], { under: ['unshare', '-n'] });
  const root = { uid: 0, gid: 0, groups: [] };
  t.deepEqual(await why(inside.pid, { user: root, namespaceFile: `/proc/${inside.pid}/ns/net` }), []);
  connection.destroy();
});

/** A file or folder of root, made before the program and changed after it. */
function given(name: string, mode: number, group = 0): string {
  const file = own(name);
  writeFileSync(file, 'x');
  chownSync(file, 0, group);
  chmodSync(file, mode);
  return file;
}

test('what is told of a program with files its user could not open again', async (t) => {
  const refused = (file: string, pid: number, name = 'holders') =>
    `${file} could not be opened again by its user (${name}, pid ${pid})`;

  const read = given('read', 0o644);
  using reader = await holding(['reads', read], alice);
  t.deepEqual(await why(reader.pid), [], 'as long as she may');
  chmodSync(read, 0o600);
  t.deepEqual(await why(reader.pid), [refused(read, reader.pid)]);

  using writer = await holding(['writes', own('written')], alice);
  chmodSync(own('written'), 0o400);
  t.deepEqual(await why(writer.pid), [refused(own('written'), writer.pid)], 'open for writing, its mode forbids it');

  using mapper = await holding(['maps', own('mapped')], alice);
  chmodSync(own('mapped'), 0o400);
  t.deepEqual(await why(mapper.pid), [refused(own('mapped'), mapper.pid)], 'mapped for writing');

  mkdirSync(own('folder'));
  chmodSync(own('folder'), 0o755);
  const below = given('folder/below', 0o644);
  using deep = await holding(['reads', below], alice);
  using inside = await holding(['within', own('folder')], alice);
  chmodSync(own('folder'), 0o700);
  t.deepEqual(await why(deep.pid), [refused(below, deep.pid)], 'a directory above it was closed');
  t.deepEqual(await why(inside.pid), [refused(own('folder'), inside.pid)], 'the directory it is in');

  copyFileSync(holders, own('closed'));
  chmodSync(own('closed'), 0o711);
  using program = await holding([own('closed'), 'reads', '/etc/passwd'], alice);
  t.deepEqual(await why(program.pid), [refused(own('closed'), program.pid, 'closed')], 'a program nobody may read');
});

test('a file that only her groups let her open is none that holds a program', async (t) => {
  const file = given('shared', 0o640, 61_042);
  using held = await holding(['reads', file]);
  t.deepEqual(await why(held.pid), []);
  const others = { ...alice, groups: [alice.gid] };
  t.is((await why(held.pid, { user: others })).length, 1);
});
