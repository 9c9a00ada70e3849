import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { dlopen } from 'node:ffi';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { mountFuse } from '../helpers/fuse-folder.ts';
import { HomeRoom } from '../helpers/home-room.ts';

// Not before it is known that a test of this file is wanted: whoever asks for one of another file would wait for this.
let room: HomeRoom;
test.before(async () => {
  room = await HomeRoom.open();
});
test.after.always(() => room[Symbol.asyncDispose]());

/** Exit status and everything that was printed. */
async function tried(command: string): Promise<[number | string, string]> {
  const { status, stdout, stderr } = await room.sh(command);
  return [status, `${stdout}${stderr}`];
}

function program(name: string, bytes: string | Buffer, mode = 0o755): void {
  writeFileSync(path.join(room.path('work-here'), name), bytes, { mode });
}

const { functions: libc } = dlopen(null, {
  setxattr: { arguments: ['string', 'string', 'pointer', 'u64', 'i32'], return: 'i32' },
});

function giveCapabilities(file: string, numbers: readonly number[]): void {
  const value = new Uint8Array(Uint32Array.from(numbers).buffer);
  if (libc.setxattr(file, 'security.capability', value, BigInt(value.length), 0) !== 0) throw new Error('setxattr');
}

function change(file: string, how: (kept: Record<string, unknown>) => object): void {
  writeFileSync(file, JSON.stringify(how(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)));
}

test.serial('a program that cannot be run is said in one line, with the status of a shell', async (t) => {
  program('nothing-said', '#!/no/such/interpreter\n');
  program('bytes', '\0\u0001\u0002');
  program('closed', 'echo no\n', 0o644);
  program('arm', Buffer.concat([Buffer.from('7f454c46020101', 'hex'), Buffer.alloc(57)]).fill(183, 18, 19));
  const cases: Readonly<Record<string, [number, string]>> = {
    'no-such': [127, 'No such file or directory'],
    './no-such': [127, 'No such file or directory'],
    './closed/x': [127, 'Not a directory'],
    './closed': [126, 'Permission denied'],
    '/etc': [126, 'Is a directory'],
    './bytes': [126, 'Exec format error'],
    './arm': [126, 'it is a program for 64-bit ARM; members are PCs (x86-64)'],
    './nothing-said': [127, 'its interpreter /no/such/interpreter is missing'],
  };
  for (const [name, [status, text]] of Object.entries(cases))
    t.deepEqual(await tried(`plumpos run ${name}`), [status, `plumpos run: ${name}: ${text}\n`]);
  t.deepEqual(await tried("plumpos run ''"), [127, 'plumpos run: : No such file or directory\n']);
});

test.serial('a script without #! is run as a shell does, an empty one too', async (t) => {
  program('script', 'echo "$# $1"\nexit 5\n');
  program('empty', '');
  t.deepEqual(await tried('plumpos run ./script "a b" c'), [5, '2 a b\n']);
  t.deepEqual(await tried('PATH=$PWD:$PATH plumpos run script x'), [5, '1 x\n']);
  t.deepEqual(await tried('plumpos run ./empty'), [0, '']);
});

test.serial('folders of PATH that are closed, and files there that may not be run, hide nothing', async (t) => {
  program('tool', 'echo wrong\n', 0o644);
  const search =
    'mkdir -p -m 0 shut; mkdir -p good; printf "echo right\\n" >good/tool; chmod 755 good/tool; PATH=$PWD/shut';
  t.deepEqual(await tried(`${search}:$PWD:$PWD/good:/nowhere:$PATH plumpos run tool`), [0, 'right\n']);
  t.deepEqual(await tried(`${search}:$PWD:$PATH plumpos run tool`), [126, 'plumpos run: tool: Permission denied\n']);
  t.deepEqual(await tried(`${search}:$PATH plumpos run no-such`), [
    127,
    'plumpos run: no-such: No such file or directory\n',
  ]);
});

test.serial('a working directory that was deleted is said; one that is only called so is not', async (t) => {
  t.deepEqual(await tried('mkdir gone; cd gone; rmdir ../gone; plumpos run true'), [
    125,
    'plumpos run: the working directory was deleted\n',
  ]);
  t.deepEqual(await tried('mkdir "x (deleted)"; cd "x (deleted)"; plumpos run pwd | sed s,.*/,,'), [
    0,
    'x (deleted)\n',
  ]);
});

test.serial('a setuid program runs without that right, which is said once', async (t) => {
  program('who', readFileSync('/usr/bin/id'));
  execFileSync('chown', ['root', path.join(room.path('work-here'), 'who')]);
  execFileSync('chmod', ['4755', path.join(room.path('work-here'), 'who')]);
  const said = 'plumpos run: ./who is setuid: in a job it runs without that right\n';
  t.deepEqual(await tried('plumpos run ./who -u'), [0, `1234\n${said}`]);
});

test.serial('a program with file capabilities runs without them, which is said once', async (t) => {
  program('caps', readFileSync('/usr/bin/id'));
  // Version 2, effective; CAP_NET_RAW permitted: as ping has it on Debian.
  giveCapabilities(path.join(room.path('work-here'), 'caps'), [0x0200_0001, 1 << 13, 0, 0, 0]);
  const said = 'plumpos run: ./caps has file capabilities: in a job it runs without that right\n';
  t.deepEqual(await tried('plumpos run ./caps -u'), [0, `1234\n${said}`]);
});

test.serial('arguments of 2 MB and an environment of 2 MB arrive whole', async (t) => {
  const words = 'ulimit -s 65536; big=$(head -c 100000 /dev/zero | tr "\\0" x); ';
  const list = Array.from({ length: 21 }, () => '$big').join(' ');
  t.deepEqual(await tried(`${words} plumpos run sh -c 'echo $#; echo "$*" | wc -c' x ${list}`), [0, '21\n2100021\n']);
  const set = Array.from({ length: 21 }, (_, index) => `V${index}=$big`).join(' ');
  t.deepEqual(await tried(`${words} env ${set} plumpos run env | grep -c ^V.*xxxx`), [0, '21\n']);
});

test.serial('on FUSE, where its owner alone may look, a program has its folder and its stdin', async (t) => {
  await room.sh('mkdir -p fuse');
  const folder = path.join(room.path('work-here'), 'fuse');
  await using mounted = await mountFuse((...words) => room.inside(...words), folder, 1234, {
    name: 'in',
    text: 'from FUSE\n',
  });
  t.deepEqual(await tried('cd fuse; plumpos run sh -c "pwd; cat" <in'), [0, `${folder}\nfrom FUSE\n`]);
  t.deepEqual(await tried('cd fuse; plumpos run cat in'), [0, 'from FUSE\n']);
  t.deepEqual(await tried('plumpos run wc -c <fuse/in'), [0, '10\n']);
  t.true(mounted.requests > 0);
});

test.serial(
  'a program that is on FUSE, however it is called, and one that is told of a file there, has it and stays home',
  async (t) => {
    await room.sh('mkdir -p drive; ln -sf drive/tool link');
    const folder = path.join(room.path('work-here'), 'drive');
    const text = 'echo ran; exec sleep "${2:-$1}"\n';
    await using _ = await mountFuse((...words) => room.inside(...words), folder, 1234, { name: 'tool', text });
    program('script', `#!/usr/bin/env -S tool\n`);
    const cases = ['PATH=$PWD/drive:$PATH plumpos run tool', 'plumpos run drive/tool', 'plumpos run ./link'];
    for (const command of [...cases, 'plumpos run sh drive/tool'])
      t.deepEqual(await tried(`${command} 0`), [0, 'ran\n'], command);
    const all = [...cases, 'PATH=$PWD/drive:$PATH plumpos run ./script', 'plumpos run sh drive/tool'];
    const begun = all.map((command) => `pids="$pids $(${command.replace('run', 'run --detach')} 60)"`).join('; ');
    const [, why] = await tried(`${begun}; plumpos ps --why; plumpos kill $pids`);
    const reasons = why.split('\n').filter((line) => line.includes(`it uses ${folder}: fuse cannot be served by NFS`));
    t.is(reasons.length, all.length, why);
  },
);

test.serial("in a folder below /run a program stays home, where it is home's own", async (t) => {
  t.deepEqual(await tried('cd /run/plumpos && plumpos run sh -c "pwd; test -e run.sock"'), [0, '/run/plumpos\n']);
  const there = 'cd /run/plumpos; pid=$(plumpos run --detach sleep 60); plumpos ps --why; plumpos kill $pid';
  const [, why] = await tried(there);
  t.regex(why, /it uses \/run\S*: it is this machine's own/);
});

test.serial('--detach inside a job prints a pid, too, and does not wait', async (t) => {
  const inside =
    'pid=$(plumpos run --detach sh -c "sleep 0.2; echo later >later"); kill -0 $pid && [ ! -e later ] && echo goes on';
  t.deepEqual(await tried(`rm -f later; plumpos run sh -c '${inside}; until [ -s later ]; do sleep 0.05; done'`), [
    0,
    'goes on\n',
  ]);
  t.deepEqual(await tried('plumpos run plumpos run --detach no-such'), [
    127,
    'plumpos run: no-such: No such file or directory\n',
  ]);
});

test.serial('a full disk at home keeps programs from starting, in words, and only as long as it is full', async (t) => {
  const inRoom = (command: string) => {
    const [file, ...args] = room.inside('sh', '-ec', command);
    execFileSync(file as string, args, { stdio: ['ignore', 'inherit', 'ignore'] });
  };
  const cases = {
    [path.join(room.state, 'jobs')]: /^plumpos run: no room for the journal of jobs in \S+ \(make room there\)\n$/,
    '/run/plumpos/relay': /^plumpos run: here: no room for the relay's table in \S+\n$/,
    '/run/plumpos/guests': /^plumpos run: here: no room for the record of a guest in \S+\n$/,
  };
  for (const [folder, words] of Object.entries(cases)) {
    inRoom(`mount -t tmpfs -o size=16k full ${folder}; head -c 100000 /dev/zero >${folder}/fill || true`);
    const [status, said] = await tried('plumpos run true');
    t.is(status, 125);
    t.regex(said, words);
    inRoom(`rm ${folder}/fill`);
    t.deepEqual(await tried('plumpos run echo again'), [0, 'again\n']);
    inRoom(`umount -l ${folder}`);
  }
  t.deepEqual(await tried('plumpos ps --json'), [0, '[]\n']);
});

test.serial('an agent that is killed in mid-job is not missed, and its successor has the job', async (t) => {
  const running = room.start("exec plumpos run sh -c 'read x; echo $x; exit 7'");
  let seen = '';
  running.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  const list = async () => JSON.parse(`${(await room.sh('plumpos ps --json')).stdout}`) as { state: string }[];
  while ((await list())[0]?.state !== 'running') await wait(20);
  await room.killAgent();
  await room.startAgent();
  t.is((await list())[0]?.state, 'running');
  running.stdin?.end('hello\n');
  t.deepEqual(await once(running, 'exit'), [7, null]);
  t.is(seen, 'hello\n');
});

test.serial(
  'an agent that is killed while it starts a program: its successor finds it and starts none beside it',
  async (t) => {
    const running = room.start("exec plumpos run sh -c 'echo begun >>begun; read x; echo $x; exit 7'");
    const [seen, ended] = [text(running.stdout as NodeJS.ReadableStream), once(running, 'exit')];
    const job = async () =>
      (JSON.parse(`${(await room.sh('plumpos ps --json')).stdout}`) as { state: string; id: string }[])[0];
    while ((await job())?.state !== 'running') await wait(20);
    const id = (await job())?.id;
    await room.killAgent();
    // As it stands in the records of an agent that did not live to hear that it was begun.
    const unheard = { started: undefined, pid: undefined, state: 'starting' };
    change(room.path(`run/guests/${id}-1/record.json`), (guest) => ({ ...guest, ...unheard }));
    change(path.join(room.state, 'jobs', `${id}.json`), (kept) => ({
      ...kept,
      job: { ...(kept['job'] as object), state: 'starting' },
    }));
    await room.startAgent();
    while ((await job())?.state !== 'running') await wait(20);
    running.stdin?.end('hello\n');
    t.deepEqual(await ended, [7, null]);
    t.is(await seen, 'hello\n');
    t.is((await room.sh('cat begun')).stdout.toString(), 'begun\n');
    t.deepEqual(await tried('plumpos ps --json'), [0, '[]\n']);
  },
);

test.serial('a deputy that is killed while no agent is there: its job ends when there is one again', async (t) => {
  const running = room.start('exec plumpos run sleep 12346');
  const count = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).match(/^sleep 12346$/gm)?.length ?? 0;
  while (count() < 2) await wait(20);
  await room.killAgent();
  running.kill('SIGKILL');
  while (count() > 1) await wait(20);
  await room.startAgent();
  for (let i = 0; i < 500 && count() > 0; i++) await wait(20);
  t.is(count(), 0);
  t.deepEqual(await tried('plumpos ps --json'), [0, '[]\n']);
});

test.serial('kill -STOP and -CONT of the deputy stop the job and let it go on; kill -KILL ends it', async (t) => {
  const running = room.start('exec plumpos run sleep 12345');
  const states = () => {
    const [, ...lines] = execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' }).split('\n');
    return lines.filter((line) => line.endsWith(' sleep 12345')).map((line) => line[0]);
  };
  const until = async (wanted: string) => {
    for (let i = 0; i < 500 && states().join('') !== wanted; i++) await wait(20);
    t.is(states().join(''), wanted);
  };
  await until('SS');
  running.kill('SIGSTOP');
  await until('TT');
  running.kill('SIGCONT');
  await until('SS');
  running.kill('SIGKILL');
  await until('');
});
