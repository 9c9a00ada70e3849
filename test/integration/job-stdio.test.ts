import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { JobRoom } from '../helpers/job-room.ts';

// Not before it is known that a test of this file is wanted: whoever asks for one of another file would wait for this.
let room: JobRoom;
test.before(async () => {
  room = await JobRoom.open();
});
test.after.always(() => room[Symbol.asyncDispose]());

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const lastJob = () => room.jobs.at(-1) ?? '';
const file = (name: string) => path.join(room.folder, name);
/** What a process has in RAM, kB; 0 for one that has ended and is not reaped yet: it has no such line. */
const residentKb = (pid: number | string) =>
  Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

test.serial('files are opened in the job where the shell has them, and go on where the job left them', async (t) => {
  writeFileSync(file('list'), 'one\ntwo\nthree\n');
  const command = `{ read a; plumpos run sh -c 'read b; echo "got $b"'; read c; echo "$a $c"; } <${file('list')} >${file('out')}; cat ${file('out')}`;
  // A read of a shell takes byte by byte from a file it can seek in, as dash and bash do.
  t.is(`${(await room.sh(command)).stdout}`, 'got two\none three\n');
  t.regex(
    room.requests
      .findLast((one) => one.has('fd'))
      ?.get('fd')
      ?.join(' ') ?? '',
    /0:file:\d+:4:\S+list 1:file:\d+:0:\S+out 2:pipe/,
  );
  t.is(
    `${(await room.sh(`plumpos run sh -c 'echo out; echo err >&2' >${file('both')} 2>&1; cat ${file('both')}`)).stdout}`,
    'out\nerr\n',
  );
  t.is(
    `${(await room.sh(`echo old >${file('log')}; plumpos run echo new >>${file('log')}; cat ${file('log')}`)).stdout}`,
    'old\nnew\n',
  );
});

test.serial('a job has its three descriptors and no other, whatever the agent forgot to close', async (t) => {
  const look = 'for fd in $(seq 3 300); do [ ! -e /proc/self/fd/$fd ] || echo $fd; done; echo no other';
  t.is(`${(await room.sh(`plumpos run sh -c '${look}'`)).stdout}`, 'no other\n');
});

test.serial('null, closed and devices are in the job what they are outside', async (t) => {
  const look =
    'plumpos run sh -c "readlink /proc/self/fd/0 /proc/self/fd/2; [ -e /proc/self/fd/2 ] && echo open || echo closed"';
  t.is(`${(await room.sh(`${look} </dev/null 2>/dev/null`)).stdout}`, '/dev/null\n/dev/null\nopen\n');
  t.is(`${(await room.sh(`${look} 0<&- 2>&-`)).stdout}`.includes('closed'), true);
  t.is(`${(await room.sh('plumpos run head -c 3 </dev/zero | od -An -tx1')).stdout}`.trim(), '00 00 00');
  t.is((await room.sh('plumpos run sh -c "echo x" >/dev/full')).status, 2 - 1);
});

test.serial('a loop over a pipe keeps its list: a job takes what it reads, and no more', async (t) => {
  const loop = 'printf "a\\nb\\nc\\n" | while read x; do plumpos run echo "job $x" 2>/dev/null; done';
  t.is(`${(await room.sh(loop)).stdout}`, 'job a\njob b\njob c\n');
  const shared = 'printf "one\\ntwo\\nthree\\n" | { plumpos run sh -c "read x; echo got \\$x"; cat; } 2>/dev/null';
  t.is(`${(await room.sh(shared)).stdout}`, 'got one\ntwo\nthree\n');
});

test.serial('what is written in large pieces and read in small ones comes through once', async (t) => {
  const bytes = randomBytes(1_000_000);
  writeFileSync(file('pieces'), bytes);
  const command = `dd bs=250000 status=none if=${file('pieces')} | plumpos run dd bs=1000 status=none | sha256sum`;
  t.is(`${(await room.sh(command)).stdout}`.slice(0, 64), createHash('sha256').update(bytes).digest('hex'));
});

test.serial('a reader that leaves stops the writer, both ways', async (t) => {
  t.is(`${(await room.sh('plumpos run yes | head -1')).stdout}`, 'y\n');
  t.is(`${(await room.sh('{ yes; echo "yes $?" >&2; } 2>&1 | plumpos run head -1')).stdout}`, 'y\n');
  const status = await room.sh('{ plumpos run yes; echo $? >&2; } | head -1');
  t.regex(status.stderr, /^141$/m);
  t.is(
    `${(await room.sh('{ yes; echo gone >&2; } | plumpos run sh -c "exec <&-; sleep 60 & wait \\$!" & sleep 1; kill $!')).stderr.includes('gone')}`,
    'true',
  );
});

/** Hundredths of a second of the CPU that a process has had, in user and system mode. */
function cpuUsed(pid = 0): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ').slice(13, 15).map(Number);
  return user + system;
}

test.serial('a reader of a socket that leaves is noticed once, not again and again', async (t) => {
  const [command, ...words] = room.plumpos('run', 'sh', '-c', 'echo here; sleep 2; echo late; echo later');
  const child = spawn(command as string, words, {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  const before = cpuUsed(child.pid);
  child.stdout.destroy();
  await pause(1000);
  t.true(cpuUsed(child.pid) - before < 20, 'it waits');
  t.deepEqual(await once(child, 'exit'), [null, 'SIGPIPE']);
});

test.serial('256 MB go through whole, nothing grows, and a broken connection every moment loses nothing', async (t) => {
  const bytes = randomBytes(256 << 20);
  const running = room.sh('exec plumpos run --home cat', { input: bytes });
  const peaks = { shim: 0, relay: 0 };
  const jobs = room.jobs.length;
  while (room.jobs.length === jobs) await pause(5);
  const id = lastJob();
  for (let i = 0; i < 40 && !room.ended.has(id); i++) {
    await pause(20);
    peaks.shim = Math.max(peaks.shim, residentKb(room.firstPid(id)));
    peaks.relay = Math.max(peaks.relay, residentKb(room.relayPid));
    if (i % 4 === 3) await room.quiet(id).catch(() => {});
    if (i === 10) {
      await room.killRelay();
      await room.startRelay();
    }
  }
  const { stdout, status } = await running;
  t.is(status, 0);
  t.is(createHash('sha256').update(stdout).digest('hex'), createHash('sha256').update(bytes).digest('hex'));
  t.log(peaks);
  for (const [name, most] of Object.entries(peaks)) t.true(most > 0 && most < 1024, `${name}: ${most} kB`);
});

test.serial('every signal that can be caught reaches the program, and it ends as it would', async (t) => {
  const names = 'HUP INT QUIT USR1 USR2 PIPE ALRM TERM TTIN TTOU TSTP URG XCPU WINCH IO PWR SYS RTMIN RTMAX';
  const program = `for s in ${names}; do trap "echo $s" $s; done; trap "exit 5" CONT; echo ready; while :; do sleep 0.05; done`;
  const [words, env] = [room.plumpos('run', 'bash', '-c', program), { PATH: process.env['PATH'] }];
  const child = spawn(words[0] as string, words.slice(1), { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
  const until = async (word: string) => {
    for (let i = 0; i < 1000 && !seen.split('\n').includes(word); i++) await pause(5);
    if (!seen.split('\n').includes(word)) throw new Error(`no ${word} in ${seen}`);
  };
  await until('ready');
  for (const name of names.split(' ')) {
    await once(spawn('bash', ['-c', `kill -${name} ${child.pid}`]), 'exit');
    await until(name);
  }
  child.kill('SIGCONT');
  t.deepEqual(await once(child, 'exit'), [5, null]);
  t.deepEqual(seen.trim().split('\n'), ['ready', ...names.split(' ')]);
});

test.serial('the deputy looks like the program in ps, with its words', async (t) => {
  const words = room.plumpos('run', '--on', 'n1', '--', 'sleep', '77');
  const child = spawn(words[0] as string, words.slice(1), { stdio: 'ignore' });
  const jobs = room.jobs.length;
  while (room.jobs.length === jobs) await pause(5);
  await pause(50);
  t.is(readFileSync(`/proc/${child.pid}/comm`, 'utf8'), 'sleep\n');
  t.is(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8'), 'sleep\0' + '77\0');
  t.log({
    deputy: residentKb(child.pid ?? 0),
    shim: residentKb(room.firstPid(lastJob())),
    relay: residentKb(room.relayPid),
  });
  const deputy = residentKb(child.pid ?? 0);
  t.true(deputy > 0 && deputy < 1024, `${deputy} kB`);
  child.kill('SIGINT');
  t.deepEqual(await once(child, 'exit'), [null, 'SIGINT']);
});

test.serial('an environment and arguments of nearly 2 MB reach the program whole', async (t) => {
  const big = 'x'.repeat(100_000);
  const names = Array.from({ length: 9 }, (_, i) => `BIG${i}`);
  const set = `${names.map((name) => `export ${name}=$b`).join('; ')}`;
  const count = `plumpos run sh -c 'echo $# $(env | grep -c ^BIG) $BIG8 | wc -c; echo $#; echo "$9" | wc -c' sh ${'"$b" '.repeat(9)}`;
  const { stdout, stderr } = await room.sh(`read b; ${set}; ${count}`, { input: `${big}\n` });
  t.is(`${stdout}`, '100005\n9\n100001\n', stderr);
});

test.serial('--detach prints a pid, which goes on without its starter and tells how it ended', async (t) => {
  const { stdout, status } = await room.sh('plumpos run --detach sh -c "read x; sleep 0.3; exit 9"', { input: 'x\n' });
  t.is(status, 0);
  t.regex(`${stdout}`, /^\d+\n$/);
  while (!room.ended.has(lastJob())) await pause(10);
  t.is(room.ended.get(lastJob()), 9 << 8);
  t.deepEqual(room.requests.findLast((one) => one.has('detach'))?.get('fd')?.[0], '0:null');
  t.is((await room.sh('plumpos run --detach no-such-program')).status, 127);
});

test.serial('an agent that is away for a moment is waited for; one that is nowhere is said', async (t) => {
  await room.deaf();
  const running = room.sh('plumpos run echo hello');
  await pause(300);
  await room.listen();
  t.is(`${(await running).stdout}`, 'hello\n');
});

/** A terminal 24 by 80 with a command in it. */
class Terminal {
  readonly child: ChildProcess;
  text = '';

  constructor(command: string, rows = 24) {
    const [name, ...words] = room.inside('script', '-qec', `stty rows ${rows} cols 80; ${command}`, '/dev/null');
    const env = { PATH: `${room.programs}:/usr/bin:/bin`, TERM: 'xterm', PS1: '$ ', SHELL: '/bin/bash' };
    this.child = spawn(name as string, words, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.text += text));
  }

  type(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** Until the screen has shown this; what it had shown is forgotten then. */
  async shows(what: RegExp): Promise<string> {
    for (let waited = 0; waited < 10_000; waited += 10) {
      const found = what.exec(this.text);
      if (found) {
        this.text = this.text.slice(found.index + found[0].length);
        return found[0];
      }
      await pause(10);
    }
    throw new Error(`the terminal does not show ${what}, but ${JSON.stringify(this.text)}`);
  }
}

test.serial('a program has the terminal: its size, echo, keys, ^C, ^D', async (t) => {
  const terminal = new Terminal(
    'plumpos run sh -c \'tty; stty size; read x; echo "[$x]"; trap "echo caught" INT; sleep 50; cat; exit 3\'',
  );
  await terminal.shows(/\/dev\/pts\/0\r\n24 80\r\n/);
  terminal.type('hello\r');
  await terminal.shows(/hello\r\n\[hello\]\r\n/);
  await pause(100);
  terminal.type('\u0003');
  await terminal.shows(/caught\r\n/);
  terminal.type('line\r');
  await terminal.shows(/line\r\nline\r\n/);
  terminal.type('\u0004');
  t.deepEqual((await once(terminal.child, 'exit'))[0], 3);
});

test.serial('^Z stops the job and gives the shell back; bg, fg and ^C do what they do', async (t) => {
  const terminal = new Terminal('exec bash --norc --noediting -i');
  await terminal.shows(/[#$] /);
  terminal.type('plumpos run sh -c "echo up; sleep 100; echo down"\r');
  await terminal.shows(/\nup\r\n/);
  terminal.type('\u001a');
  await terminal.shows(/Stopped/);
  terminal.type('jobs; echo "still $((40+2))"\r');
  await terminal.shows(/still 42/);
  const id = lastJob();
  const program = () => readFileSync(`/proc/${room.firstPid(id)}/task/${room.firstPid(id)}/children`, 'utf8').trim();
  const state = () => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${program()}/status`, 'utf8'))?.[1];
  t.is(state(), 'T');
  terminal.type('bg\r');
  while (state() === 'T') await pause(10);
  terminal.type('echo "back $((1+1))"\r');
  await terminal.shows(/back 2/);
  terminal.type('fg\r');
  await terminal.shows(/sleep 100/);
  await pause(200);
  terminal.type('\u0003');
  await terminal.shows(/[#$] /);
  terminal.type('echo "status $?"; exit\r');
  await terminal.shows(/status 130/);
  await once(terminal.child, 'exit');
  t.pass();
});

test.serial('in a pipeline the neighbours keep the terminal: cooked lines, ^C for all', async (t) => {
  const terminal = new Terminal(
    'plumpos run sh -c \'test -t 0 && test ! -t 1 && test -t 2 && echo right; cat\' | cat; echo "end $?"',
  );
  await terminal.shows(/right\r\n/);
  terminal.type('words\r');
  await terminal.shows(/words\r\nwords\r\n/);
  terminal.type('\u0004');
  await terminal.shows(/end 0/);
  t.is((await once(terminal.child, 'exit'))[0], 0);
});
