import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { askLab, attachLab, labAnswers } from '#builder/lab/control/control-client.ts';
import { type Answer, serveControl } from '#builder/lab/control/control-server.ts';
import { controlSocket, labFolder } from '#builder/lab/control/lab-folder.ts';
import { decodeRequest } from '#builder/lab/control/requests.ts';
import { CONTROL } from '#builder/lab/control/wire.ts';
import { attachProgram } from '#builder/lab/control/attach.ts';
import { FRAME } from '#builder/lab/frames.ts';
import { Session } from '#builder/lab/session.ts';
import { PlumpError } from '#runtime/base/errors.ts';

const never = new AbortController().signal;

/** A folder with a lab in it that answers as told. */
async function lab(t: ExecutionContext, answer: Answer): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-control-'));
  const server = await serveControl(controlSocket(folder), answer);
  t.teardown(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** A program that gives back what it reads, in capitals, and ends with 3. */
function shouting(): Session {
  const back = (type: number, bytes: Uint8Array) => setImmediate(() => session.receive(type, Buffer.from(bytes)));
  const input = new PassThrough();
  const session: Session = new Session((type, payload = new Uint8Array()) => {
    if (type === FRAME.stdin) {
      input.write(payload);
      back(FRAME.taken, Uint8Array.of(payload.length & 255, payload.length >> 8, 0, 0));
    }
    if (type === FRAME.stdinEof) input.end();
  });
  input.on('data', (chunk: Buffer) => back(FRAME.stdout, Buffer.from(chunk.toString().toUpperCase())));
  input.on('end', () => back(FRAME.exit, Uint8Array.of(3, 0, 0, 0)));
  return session;
}

test('what is asked is answered; notices come first, errors keep their code and hint', async (t) => {
  const folder = await lab(t, async (request, wire) => {
    if (request.verb !== 'list') throw new PlumpError('PLUMP_BUSY', 'not now', { hint: 'later' });
    wire.sendJson(CONTROL.notice, 'looking');
    return [1, 2];
  });
  t.true(await labAnswers(folder));
  const notices: string[] = [];
  t.deepEqual(await askLab(folder, { verb: 'list' }, never, (text_) => void notices.push(text_)), [1, 2]);
  t.deepEqual(notices, ['looking']);
  const error = await t.throwsAsync<PlumpError>(askLab(folder, { verb: 'mend' }, never), { instanceOf: PlumpError });
  t.deepEqual([error.code, error.message, error.hint], ['PLUMP_BUSY', 'not now', 'later']);
});

test('without a lab, or when it ends meanwhile, one is told so', async (t) => {
  const nobody = await t.throwsAsync<PlumpError>(askLab('/no/such/folder', { verb: 'list' }, never));
  t.deepEqual([nobody.code, nobody.exitCode], ['PLUMP_NO_LAB', 69]);
  const folder = await lab(t, async (_, wire) => wire[Symbol.dispose]());
  t.is((await t.throwsAsync<PlumpError>(askLab(folder, { verb: 'list' }, never))).code, 'PLUMP_LAB');
});

test('input that comes before the program runs is kept for it', async (t) => {
  const folder = await lab(t, async (_, wire) => {
    await wait(100);
    await attachProgram(shouting(), wire, 0);
  });
  const session = await attachLab(folder, { verb: 'console', name: 'n1' });
  const output = text(session);
  session.end('hello');
  t.is(await output, 'HELLO');
  t.is(await session.exited, 3);
});

test('a program passes through whole, more than fits in any buffer', async (t) => {
  const folder = await lab(t, async (_, wire) => attachProgram(shouting(), wire, 0));
  const session = await attachLab(folder, { verb: 'console', name: 'n1' });
  const output = text(session);
  const long = 'abcdefgh'.repeat(200_000);
  session.end(long);
  t.is(await session.exited, 3);
  t.is(await output, long.toUpperCase());
});

test('a program that takes too long is killed and called late', async (t) => {
  const signals: number[] = [];
  const idle = new Session((type, payload) => {
    if (type === FRAME.signal) signals.push(payload?.[0] ?? 0);
  });
  const folder = await lab(t, async (_, wire) => attachProgram(idle, wire, 0.05));
  const session = await attachLab(folder, { verb: 'console', name: 'n1' });
  t.is((await t.throwsAsync<PlumpError>(session.exited)).code, 'PLUMP_TIMEOUT');
  t.deepEqual(signals, [9]);
});

test('a request that nobody knows is refused', (t) => {
  const decode = (value: unknown) => decodeRequest(Buffer.from(JSON.stringify(value)));
  const good = { verb: 'exec', name: 'n1', argv: ['true'], tty: false, seconds: 0 } as const;
  t.deepEqual(decode(good), good);
  for (const bad of [
    null,
    [],
    'list',
    {},
    { verb: 'toString' },
    { verb: 'list', more: 1 },
    { ...good, argv: 'true' },
    { ...good, argv: [1] },
    { ...good, seconds: null },
    { ...good, tty: 'no' },
  ])
    t.is(t.throws<PlumpError>(() => decode(bad)).code, 'PLUMP_PROTOCOL', JSON.stringify(bad));
  t.throws(() => decodeRequest(Buffer.from('{')), { instanceOf: PlumpError });
});

test('the folder of a lab is short enough for the sockets in it', (t) => {
  t.is(labFolder({ PLUMPOS_LAB: '/tmp/x/../y' }), '/tmp/y');
  t.regex(labFolder({}), /^\/tmp\/plumpos-lab-\d+$/);
  t.throws(() => labFolder({ PLUMPOS_LAB: `/tmp/${'x'.repeat(100)}` }), { instanceOf: PlumpError });
});
