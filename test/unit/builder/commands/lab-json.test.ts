import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { builderVerbs } from '#builder/commands/verbs.ts';
import { attachProgram } from '#builder/lab/control/attach.ts';
import { serveControl } from '#builder/lab/control/control-server.ts';
import { controlSocket } from '#builder/lab/control/lab-folder.ts';
import type { LabRequest } from '#builder/lab/control/requests.ts';
import { FRAME } from '#builder/lab/frames.ts';
import { Session } from '#builder/lab/session.ts';
import { runProgram } from '#runtime/base/cli.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-test-'));
const here = (name: string) => path.join(folder, name);
const asked: LabRequest[] = [];

/** A room in which everything is done at once, and every machine is of this kind. */
const machines = (names: readonly string[]) => names.map((name) => ({ name, kind: 'node', state: 'off' }));
let server: AsyncDisposable;

test.before(async () => {
  writeFileSync(here('file'), 'x'.repeat(1234));
  server = await serveControl(controlSocket(folder), async (request, wire) => {
    asked.push(request);
    if (request.verb === 'exec') await attachProgram(shell(request.argv[4] === '/there' ? '600\nabc' : ''), wire, 0);
    if (request.verb === 'down') return { pid: 0 };
    return 'names' in request ? machines(request.names) : machines(['n1', 'n2']);
  });
});
test.after.always(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A program that says this once its input has ended, and ends well. */
function shell(says: string): Session {
  const back = (type: number, bytes: Uint8Array) => setImmediate(() => session.receive(type, Buffer.from(bytes)));
  const input = new PassThrough();
  const session: Session = new Session((type, payload = new Uint8Array()) => {
    if (type === FRAME.stdin) back(FRAME.taken, Uint8Array.of(payload.length & 255, payload.length >> 8, 0, 0));
    if (type === FRAME.stdinEof) input.end();
  });
  input.resume();
  input.on('end', () => {
    if (says !== '') back(FRAME.stdout, Buffer.from(says));
    back(FRAME.exit, Uint8Array.of(0, 0, 0, 0));
  });
  return session;
}

/** Runs `plumpos lab WORDS… --json` with that room: the one document it prints. */
async function lab(...words: string[]): Promise<unknown> {
  let out = '';
  const io = { env: { PLUMPOS_LAB: folder }, cwd: folder, interactive: false, terminal: false };
  const status = await runProgram({ verbs: builderVerbs, examples: [], version: '0' }, ['lab', ...words, '--json'], {
    ...io,
    signal: new AbortController().signal,
    out: (text) => void (out += text),
    err: () => {},
  });
  if (status !== 0 || !/^[^\n]+\n$/.test(out)) throw new Error(`lab ${words.join(' ')} ended with ${status}: ${out}`);
  return JSON.parse(out) as unknown;
}

test('every verb of the lab that changes machines tells a program how they are then', async (t) => {
  for (const verb of ['kill', 'off', 'start']) t.deepEqual(await lab(verb, 'n2', 'n3'), machines(['n2', 'n3']), verb);
  for (const words of [['cut', 'n1', 'n2'], ['mend'], ['list'], ['add', '2']])
    t.deepEqual(await lab(...words), machines(['n1', 'n2']), words.join(' '));
  t.true(asked.some((one) => one.verb === 'cut' && one.name === 'n1' && one.other === 'n2' && !one.carrier));
});

test('a copy tells a program how much it was', async (t) => {
  t.deepEqual(await lab('copy', 'file', 'n1:/tmp'), { from: 'file', to: 'n1:/tmp', bytes: 1234 });
  t.deepEqual(await lab('copy', 'n1:/there', 'back'), { from: 'n1:/there', to: 'back', bytes: 3 });
  t.is(readFileSync(here('back'), 'utf8'), 'abc');
});

test('only verbs of the lab that pass a program or a console through have no --json', (t) => {
  const verbs = builderVerbs.find(({ name }) => name === 'lab')?.verbs ?? [];
  const without = verbs.filter(({ options }) => !('json' in options)).map(({ name }) => name);
  t.deepEqual(without, ['exec', 'console']);
});
