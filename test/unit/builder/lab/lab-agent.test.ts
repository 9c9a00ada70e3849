import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { Channel } from '#builder/lab/channel.ts';
import { encodeFrame, FrameReader } from '#builder/lab/frames.ts';
import { compileC } from '../../../helpers/compile-c.ts';

const native = path.resolve(import.meta.dirname, '../../../../node-runtime/native');
const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-lab-agent-'));
const program = path.join(folder, 'lab-agent');
const within = () => AbortSignal.timeout(20_000);

test.before(async () => {
  const sources = globSync(['lab-agent/*.c', 'common/*.c'], { cwd: native });
  const flags = ['-Wall', '-Wextra', '-Werror'];
  await compileC(program, sources, { cwd: native, flags, sanitize: true });
});

test.after.always(() => rmSync(folder, { recursive: true }));

/** lab-agent on a socket pair; its end must be clean (a leak or a wild read ends it with another status). */
async function agent(): Promise<{ channel: Channel; stream: Duplex; child: ChildProcess; ended: Promise<unknown> }> {
  const child = spawn(program, ['-'], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const stream = child.stdio[3] as Duplex;
  const channel = new Channel(stream);
  await channel.ready(within());
  return { channel, stream, child, ended };
}

test('a command tells its output, its errors and its status apart', async (t) => {
  const { channel, ended } = await agent();
  const result = await channel.exec(['sh', '-c', 'echo out; echo err >&2; exit 7']);
  t.deepEqual([result.status, `${result.stdout}`, `${result.stderr}`], [7, 'out\n', 'err\n']);
  const words = await channel.exec(['printf', '%s|', 'two words', '', 'ü']);
  t.is(`${words.stdout}`, 'two words||ü|');
  t.is((await channel.exec(['sh', '-c', 'kill -9 $$'])).status, 137);
  const missing = await channel.exec(['/no/such/program']);
  t.is(missing.status, 127);
  t.regex(`${missing.stderr}`, /no\/such\/program: No such file/);
  channel[Symbol.dispose]();
  t.is(await ended, 0);
});

test('a megabyte goes in and comes back whole, several at a time', async (t) => {
  const { channel, ended } = await agent();
  const bytes = randomBytes(1 << 20);
  const results = await Promise.all([1, 2, 3].map(() => channel.exec(['cat'], { stdin: bytes })));
  for (const result of results) t.true(result.stdout.equals(bytes));
  // One program that reads nothing does not hold up the others.
  const stuck = channel.start(['sleep', '60']);
  stuck.write(bytes);
  t.is((await channel.exec(['true'])).status, 0);
  stuck.signal(15);
  t.is(await stuck.exited, 143);
  channel[Symbol.dispose]();
  t.is(await ended, 0);
});

test('a background child that keeps the output open does not hold up the command', async (t) => {
  const { channel, ended } = await agent();
  for (const tty of [false, true]) {
    const result = await channel.exec(['sh', '-c', 'sleep 30 & echo started'], { tty, timeoutMs: 10_000 });
    t.is(`${result.stdout}`.trim(), 'started');
  }
  const noisy = await channel.exec(['sh', '-c', 'timeout 20 yes & echo first'], { timeoutMs: 10_000 });
  t.is(noisy.status, 0);
  const mark = path.join(folder, 'mark');
  t.is((await channel.exec(['sh', '-c', `sleep 0.2; echo x >${mark}`], { detach: true })).status, 0);
  t.is((await channel.exec(['sh', '-c', `until [ -e ${mark} ]; do sleep 0.1; done`])).status, 0);
  channel[Symbol.dispose]();
  t.is(await ended, 0);
});

test('a terminal has a size, echoes, and turns ^C into a signal', async (t) => {
  const { channel, ended } = await agent();
  const session = channel.start(['sh', '-c', 'stty size; trap "echo caught; exit 3" INT; read x; stty size; read x'], {
    tty: true,
  });
  const output = buffer(session);
  session.resize(24, 80);
  session.write('go\n');
  await new Promise((resolve) => setTimeout(resolve, 500));
  session.write('\u0003');
  t.is(await session.exited, 3);
  t.regex(`${await output}`, /go\r\n24 80\r\n[\s\S]*caught/);
  channel[Symbol.dispose]();
  t.is(await ended, 0);
});

test('HTTP reaches a server on a unix socket, and a missing one is told as such', async (t) => {
  const { channel, ended } = await agent();
  const socket = path.join(folder, 'http.sock');
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => response.end(`${request.method} ${request.url} ${'x'.repeat(200_000)}`));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const answer = await channel.request(socket, '/healthz');
  t.is(answer.status, 200);
  t.is(answer.body.length, 'GET /healthz '.length + 200_000);
  t.regex(
    (await channel.request(socket, '/v1/join', { method: 'POST', body: { code: 'x' } })).body,
    /^POST \/v1\/join /,
  );
  await t.throwsAsync(channel.request(path.join(folder, 'nobody'), '/'), { message: /nobody answers on/ });
  server.close();
  channel[Symbol.dispose]();
  t.is(await ended, 0);
});

test('a program that takes too long is killed, and a new host ends what the old one started', async (t) => {
  const { channel, stream, ended } = await agent();
  await t.throwsAsync(channel.exec(['sleep', '50'], { timeoutMs: 200 }), { message: /did not end within 0.2 s/ });
  const old = channel.start(['sleep', '50']);
  const next = new Channel(stream);
  await next.ready(within());
  t.is((await next.exec(['true'])).status, 0);
  const left = await next.exec(['sh', '-c', `ps -o args= --ppid $PPID | grep -c '^sleep 50' || true`]);
  t.is(`${left.stdout}`.trim(), '0');
  old.lose(new Error('given up'));
  next[Symbol.dispose]();
  t.is(await ended, 0);
});

test('nonsense on the channel ends the conversation, not the memory', async (t) => {
  for (const nonsense of [
    Buffer.alloc(40, 0xff),
    encodeFrame(3, 99, randomBytes(100)),
    encodeFrame(1, 1),
    randomBytes(5000),
  ]) {
    const { stream, ended } = await agent();
    stream.end(nonsense);
    t.is(await ended, 0);
  }
});

test('frames are found in a stream however it is cut', (t) => {
  const reader = new FrameReader();
  const all = Buffer.concat([
    encodeFrame(1, 4, Buffer.from('abc')),
    encodeFrame(2, 6),
    encodeFrame(3, 8, Buffer.alloc(70_000)),
  ]);
  const found: string[] = [];
  for (let at = 0; at < all.length; at += 7)
    for (const frame of reader.feed(all.subarray(at, at + 7)))
      found.push(`${frame.id} ${frame.type} ${frame.payload.length}`);
  t.deepEqual(found, ['1 4 3', '2 6 0', '3 8 70000']);
  t.throws(() => [...new FrameReader().feed(Buffer.alloc(9, 0xff))], { message: /a frame of/ });
});
