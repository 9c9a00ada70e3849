import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { buffer } from 'node:stream/consumers';
import { nativePrograms } from '../helpers/member-programs.ts';

const programs = await nativePrograms();
const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-relay-'));
const ID = '00c0ffee';
const TOKEN = 'a'.repeat(32);
const DEPUTY = 'b'.repeat(32);
chmodSync(folder, 0o755);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

const closed = (socket: Socket) => new Promise((done) => socket.once('close', done));

/** Two members' relays on one overlay: a network namespace with two addresses. */
const members = ['fd00::1', 'fd00::2'].map((address, i) => ({ address, run: path.join(folder, `member${i + 1}`) }));
const [home, host] = members as [(typeof members)[0], (typeof members)[0]];
const stop: (() => unknown)[] = [];

test.before(async () => {
  const netns = path.join(folder, 'overlay');
  writeFileSync(netns, '');
  const setUp = 'ip link set lo up; for a in fd00::1 fd00::2 fd00::3; do ip addr add $a/64 dev lo nodad; done';
  execFileSync('unshare', [`--net=${netns}`, 'sh', '-ec', setUp]);
  stop.push(() => execFileSync('/bin/umount', [netns]));
  mkdirSync('/run/plumpos', { recursive: true });
  for (const { address, run } of members) {
    mkdirSync(path.join(run, 'relay'), { recursive: true });
    writeFileSync(path.join(run, 'relay/listen'), `${address} 51822 ${netns}\n`);
    const enter = 'mount --bind "$0" /run/plumpos && exec "$1"';
    const relay = spawn('unshare', ['--mount', 'sh', '-c', enter, run, path.join(programs, 'relay')], {
      stdio: 'inherit',
    });
    stop.push(() => relay.kill('SIGKILL'));
  }
  await pause(300);
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(path.join(folder, 'shim'));
  await once(echo, 'listening');
  stop.push(() => echo.close());
});

test.after.always(() => {
  for (const one of stop.toReversed()) one();
  rmSync(folder, { recursive: true });
});

const write = (member: typeof home, name: string, line: string) =>
  writeFileSync(path.join(member.run, 'relay', `${name}-${ID}`), `${line}\n`);

/** What a deputy gets that says this and sends `more`: everything until the end. */
async function say(line: string, more: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  const socket = connect(path.join(home.run, 'relay.sock'));
  socket.write(Buffer.concat([Buffer.from(line), more]));
  let got = Buffer.alloc(0);
  socket.on('data', (piece: Buffer) => {
    got = Buffer.concat([got, piece]);
    if (got.length >= more.length + 2) socket.end();
  });
  socket.on('error', () => {});
  await closed(socket);
  return got;
}

test.serial('a deputy is led to the shim of its job here, told to wait, or that it is over', async (t) => {
  write(home, 'out', `0 ${DEPUTY} local ${folder}/shim`);
  t.is(`${await say(`${ID} ${DEPUTY}\n`, Buffer.from('hello'))}`, '+\nhello');
  write(home, 'out', `0 ${DEPUTY} wait`);
  t.is(`${await say(`${ID} ${DEPUTY}\n`)}`, 'w\n');
  write(home, 'out', `0 ${DEPUTY} local ${folder}/no-such-socket`);
  t.is(`${await say(`${ID} ${DEPUTY}\n`)}`, 'w\n');
  write(home, 'out', `0 ${DEPUTY} over 125 n2 is lost`);
  t.is(`${await say(`${ID} ${DEPUTY}\n`)}`, '-125 n2 is lost\n');
  t.regex(`${await say(`${ID} ${TOKEN}\n`)}`, /^-125 /, 'another token');
  t.regex(`${await say(`11 ${DEPUTY}\n`)}`, /^-125 /, 'another job');
  t.regex(`${await say(`../x ${DEPUTY}\n`)}`, /^-125 /, 'a name that is no id');
});

test.serial('another user does not get to a job, whatever token is known', async (t) => {
  write(home, 'out', `4242 ${DEPUTY} local ${folder}/shim`);
  const script = `$s = IO::Socket::UNIX->new(Peer => "${home.run}/relay.sock"); print $s "${ID} ${DEPUTY}\\n"; print scalar <$s>`;
  const as = (uid: number) => {
    return execFileSync(
      'setpriv',
      [`--reuid=${uid}`, '--clear-groups', '/usr/bin/perl', '-MIO::Socket::UNIX', '-e', script],
      { encoding: 'utf8' },
    );
  };
  t.is(as(4242), '+\n');
  t.regex(as(4243), /^-125 /);
});

test.serial(
  'over the overlay a job is reached at its host, by the right home, generation and token only',
  async (t) => {
    write(home, 'out', `0 ${DEPUTY} peer ${host.address} 3 ${TOKEN}`);
    t.is(`${await say(`${ID} ${DEPUTY}\n`)}`, 'w\n', 'the host does not know it yet');
    write(host, 'in', `${home.address} 3 ${TOKEN} ${folder}/shim`);
    const bytes = Buffer.alloc(8 << 20, 'some bytes ');
    const got = await say(`${ID} ${DEPUTY}\n`, bytes);
    t.true(got.equals(Buffer.concat([Buffer.from('+\n'), bytes])));
    for (const wrong of [`fd00::3 3 ${TOKEN}`, `${home.address} 4 ${TOKEN}`, `${home.address} 3 ${DEPUTY}`]) {
      write(host, 'in', `${wrong} ${folder}/shim`);
      t.is(`${await say(`${ID} ${DEPUTY}\n`)}`, 'w\n', wrong);
    }
    write(home, 'out', `0 ${DEPUTY} peer fd00::9 3 ${TOKEN}`);
    t.is(`${await say(`${ID} ${DEPUTY}\n`)}`, 'w\n', 'nobody there');
  },
);

test.serial('a reader that does not read stops the writer, and a word closes all of a job', async (t) => {
  write(home, 'out', `0 ${DEPUTY} peer ${host.address} 3 ${TOKEN}`);
  const deaf: Server = createServer((socket) => socket.on('error', () => {}).pause()).listen(path.join(folder, 'deaf'));
  await once(deaf, 'listening');
  stop.push(() => deaf.close());
  write(host, 'in', `${home.address} 3 ${TOKEN} ${folder}/deaf`);
  const socket = connect(path.join(home.run, 'relay.sock'));
  socket.on('error', () => {});
  socket.write(`${ID} ${DEPUTY}\n`);
  await once(socket, 'data');
  socket.write(Buffer.alloc(64 << 20));
  await pause(500);
  t.true(socket.writableLength > 32 << 20, 'most of it waits here');
  const over = closed(socket);
  const control = connect(path.join(home.run, 'relay.ctl'));
  control.write(`close ${ID}\n`);
  t.is(`${await buffer(control)}`, 'ok\n');
  await over;
  const most = execFileSync('pgrep', ['-x', 'relay'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((pid) => {
      try {
        return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      } catch {
        return 0;
      }
    });
  t.true(Math.max(...most) < 1024, `${most}`);
});
