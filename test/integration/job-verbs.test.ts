import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import type { PhaseRun } from '#runtime/commands/prove/run-loops.ts';
import type { JobView } from '#runtime/model/job.ts';
import { HomeRoom } from '../helpers/home-room.ts';

// Not before it is known that a test of this file is wanted: whoever asks for one of another file would wait for this.
let room: HomeRoom;
test.before(async () => {
  room = await HomeRoom.open({ jobs: 50 });
});
test.after.always(() => room[Symbol.asyncDispose]());
// What a test that failed has left would have others fail, too.
test.afterEach.always(async () => {
  const left = (await listed(0)).map(({ pid }) => pid);
  if (left.length > 0) await room.sh(`plumpos kill -9 ${left.join(' ')}`, { uid: 0 });
});

/** Exit status and everything that was printed. */
async function tried(command: string, uid = 1234): Promise<[number | string, string]> {
  const { status, stdout, stderr } = await room.sh(command, { uid });
  return [status, `${stdout}${stderr}`];
}

async function listed(uid = 1234): Promise<readonly JobView[]> {
  const [status, said] = await tried('plumpos ps --json', uid);
  if (status !== 0) throw new Error(`plumpos ps: ${said}`);
  return JSON.parse(said) as JobView[];
}

/** A job that runs; its pid is that of the deputy. */
async function running(command: string): Promise<{ pid: number; ended: Promise<unknown> }> {
  const child = room.start(`exec plumpos run ${command}`);
  const ended = once(child, 'exit');
  while (!(await listed()).some(({ pid, state }) => pid === child.pid && state === 'running')) await wait(20);
  return { pid: child.pid ?? 0, ended };
}

const stateOf = (pid = 0) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

async function until(wanted: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !wanted(); i++) await wait(20);
  if (!wanted()) throw new Error('it does not come');
}

test.serial('stop, cont, renice and kill do to a job what they say, and wait tells how it ended', async (t) => {
  const job = await running('sleep 4321');
  const { pid } = job;
  const nice = () => execFileSync('ps', ['-eo', 'ni,args'], { encoding: 'utf8' }).match(/\d+(?= sleep 4321$)/gm);
  t.deepEqual(await tried(`plumpos stop ${pid}`), [0, '']);
  await until(() => stateOf(pid) === 'T');
  t.is((await listed())[0]?.state, 'stopped');
  t.deepEqual(await tried(`plumpos cont ${pid}`), [0, '']);
  await until(() => stateOf(pid) === 'S');
  t.is((await listed())[0]?.state, 'running');
  // These tests may themselves be run niced.
  const own = os.getPriority();
  t.deepEqual(await tried(`plumpos renice ${own + 5} ${pid}`), [0, '']);
  t.deepEqual(nice(), [`${own + 5}`, `${own + 5}`]);
  t.deepEqual(await tried(`plumpos renice ${own + 1} ${pid}`), [
    1,
    'plumpos: only root may make a job less nice (PLUMP_DENIED)\n',
  ]);
  t.deepEqual(await tried(`plumpos renice ${own + 1} ${pid}`, 0), [0, '']);
  const waiting = tried(`plumpos wait ${pid}`);
  t.deepEqual(await tried(`plumpos kill -s USR1 ${pid}`), [0, '']);
  t.deepEqual(await job.ended, [null, 'SIGUSR1']);
  t.deepEqual(await waiting, [138, '']);
  t.deepEqual(await tried(`plumpos wait ${pid}`), [138, '']);
  t.deepEqual(await tried(`plumpos kill ${pid}`), [1, `plumpos: the job ${pid} has ended (PLUMP_REFUSED)\n`]);
});

test.serial(
  'kill -9 ends a job as kill(1) would; how one ended whose deputy was killed is nobody left to tell',
  async (t) => {
    const job = await running('sleep 4323');
    const waiting = tried(`plumpos wait ${job.pid}`);
    t.deepEqual(await tried(`plumpos kill -9 ${job.pid}`), [0, '']);
    t.deepEqual(await job.ended, [null, 'SIGKILL']);
    t.deepEqual(await waiting, [137, '']);
    const { pid } = await running('sleep 4324');
    process.kill(pid, 'SIGKILL');
    const unknown = [125, 'plumpos: its deputy is gone: how it ended is not known\n'];
    t.deepEqual(await tried(`plumpos wait ${pid}`), unknown);
    await room.killAgent();
    await room.startAgent();
    t.deepEqual(await tried(`plumpos wait ${job.pid}`), [137, '']);
    t.deepEqual(await tried(`plumpos wait ${pid}`), unknown);
  },
);

test.serial('what is no job of mine is said, by every verb', async (t) => {
  const job = await running('sleep 4322');
  const said = async (verb: string, pid: number, uid = 1234) =>
    (await tried(`plumpos ${verb.replace('PID', `${pid}`)}`, uid)).join(' ');
  t.is(await said('kill PID', 4_000_000), '1 plumpos: there is no process 4000000 (PLUMP_REFUSED)\n');
  for (const verb of [
    'kill PID',
    'stop PID',
    'cont PID',
    'renice 5 PID',
    'wait PID',
    'forget PID',
    'migrate PID home',
  ]) {
    const both = [said(verb, 1), said(verb, job.pid, 77)];
    t.is(await both[0], '1 plumpos: process 1 is no job of PlumpOS (PLUMP_REFUSED)\n', verb);
    t.is(await both[1], `1 plumpos: ${job.pid} is not yours (PLUMP_DENIED)\n`, verb);
  }
  t.deepEqual(await listed(77), []);
  const hint = "  'plumpos ps' lists your jobs\n";
  t.deepEqual(await tried('plumpos kill'), [2, `plumpos: plumpos kill: a PID is needed (PLUMP_USAGE)\n${hint}`]);
  t.deepEqual(await tried('plumpos wait 12x'), [2, `plumpos: plumpos wait: '12x' is no PID (PLUMP_USAGE)\n${hint}`]);
  t.is((await tried(`plumpos renice 50 ${job.pid}`))[0], 2);
  t.is((await tried(`plumpos kill -s NONE ${job.pid}`))[0], 2);
  t.deepEqual(await tried(`plumpos forget ${job.pid}`), [
    1,
    `plumpos: here answers: nothing is lost (PLUMP_REFUSED)\n  plumpos kill ${job.pid}\n`,
  ]);
  t.deepEqual(await tried(`plumpos kill 4000000 ${job.pid} 1`), [
    3,
    'plumpos: there is no process 4000000\nplumpos: process 1 is no job of PlumpOS\n',
  ]);
  t.deepEqual(await job.ended, [null, 'SIGTERM']);
});

test.serial('--detach prints the pid and lets go of the pipe it is read from; a file is the job\u2019s', async (t) => {
  const kept = 'pid=$(plumpos run --detach sh -c "while [ ! -e go ]; do sleep 0.1; done; echo heard >said; exit 9")';
  const [status, text] = await tried(`${kept}; touch go; plumpos wait $pid; echo "ended $? $(cat said)"`);
  t.deepEqual([status, text], [0, 'ended 9 heard\n']);
  const filed = 'pid=$(plumpos run --detach sh -c "echo out; echo err >&2" 2>&1 >log); plumpos wait $pid; cat log';
  t.deepEqual(await tried(filed), [0, 'out\n']);
  const [full, said] = await tried('plumpos run --detach true >/dev/full');
  t.is(full, 1);
  t.regex(said, /^plumpos run: \d+ runs, but that could not be printed: No space left on device\n$/);
  t.deepEqual(await tried('plumpos run --detach no-such'), [127, 'plumpos run: no-such: No such file or directory\n']);
});

test.serial('plumpos all, where nobody else is, runs here alone', async (t) => {
  t.deepEqual(await tried('plumpos all -- echo hi'), [0, 'here: hi\n']);
});

test.serial('plumpos sh is sh, with its words, scripts and status', async (t) => {
  await room.sh('printf \'echo "got $1"; read x; echo $x; exit 6\' >words');
  const commands = [
    `SHELL_ -c 'echo "$0 $1 $#"; exit 3' "a  b" 'c "d'`,
    'echo in | SHELL_ words "x y"',
    'echo "echo piped; exit 4" | SHELL_',
    'SHELL_ -c "kill -TERM \\$\\$"; echo $?',
    'SHELL_ -c "no-such-command"',
    'SHELL_ -ec "false; echo no"',
    'SHELL_ no-such-script',
    `printf 'a b:\\n\\t@echo $$((1+1)) "q  q"; exit 3\\n' >Makefile; make -k -j2 --output-sync SHELL='SHELL_' a b 2>&1 | sort`,
  ];
  for (const command of commands)
    t.deepEqual(
      await tried(command.replaceAll('SHELL_', 'plumpos sh')),
      await tried(command.replaceAll('SHELL_', 'sh')),
      command,
    );
});

test.serial('200 programs at once with room for 50: the others wait, are seen waiting, and all run', async (t) => {
  const all = room.start(
    'for i in $(seq 200); do plumpos run sh -c "while [ ! -e free ]; do sleep 0.2; done; echo $i" & done; wait',
  );
  let [out, err] = ['', ''];
  all.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  all.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = once(all, 'close');
  let jobs: readonly JobView[] = [];
  const count = (state: string) => jobs.filter((job) => job.state === state).length;
  while (count('queued') < 150 || count('running') < 50) jobs = await listed();
  t.is(jobs.length, 200);
  t.is(err.match(/plumpos run: waits for its turn/g)?.length, 150);
  const last = jobs.findLast(({ state }) => state === 'queued')?.pid;
  t.regex((await room.sh('plumpos ps')).stdout.toString(), /^\d+ +- +queued /m);
  t.deepEqual(await tried(`plumpos migrate ${last} home`), [
    1,
    `plumpos: ${last} waits for its turn: it is not started yet (PLUMP_REFUSED)\n`,
  ]);
  t.deepEqual(await tried(`plumpos kill ${last}`, 77), [1, `plumpos: ${last} is not yours (PLUMP_DENIED)\n`]);
  t.deepEqual(await tried(`plumpos kill ${last}`), [0, '']);
  await room.sh('touch free');
  await ended;
  t.is(new Set(out.trim().split('\n')).size, 199);
  t.deepEqual(await listed(), []);
});

test.serial('the bounds are shown and set by root, within bounds of their own', async (t) => {
  t.regex((await tried('plumpos ctl'))[1], /^lost-ttl 120\norphan-ttl 900\njobs 50\nqueue 4000\nmoves 2$/m);
  t.deepEqual(await tried('plumpos ctl set jobs 9'), [
    1,
    'plumpos: only root may change this member (PLUMP_DENIED)\n  use sudo\n',
  ]);
  t.deepEqual(await tried('plumpos ctl set jobs 999', 0), [
    2,
    'plumpos: set.jobs must be a whole number from 1 to 250, not 999 (PLUMP_USAGE)\n  plumpos ctl --help\n',
  ]);
});

test.serial('prove says that there is nothing to compare on a member that is alone', async (t) => {
  t.deepEqual(await tried('plumpos prove --seconds 1'), [
    1,
    'plumpos: no other member takes guests: held here and balanced would be the same (PLUMP_REFUSED)\n' +
      '  switch on another PC, or let a head take guests: sudo plumpos ctl noblock\n',
  ]);
});

/** Words that run two loops as prove does. Root's stay at home anyway, and root may read the sources. */
const heldLoops = (seconds: number) =>
  `exec ${process.execPath} ${path.resolve(import.meta.dirname, '../fixtures/held-loops.ts')} ${seconds}`;

test.serial('loops that prove holds at home are seen there, and what they print is what was reckoned', async (t) => {
  const { status, stdout, stderr } = await room.sh(heldLoops(3), { uid: 0 });
  t.is(status, 0, stderr);
  const { moves, jobs } = JSON.parse(`${stdout}`) as PhaseRun;
  t.is(moves, 0);
  for (const { ran, right, wrong } of jobs) t.deepEqual([ran.length, right], [1, true], wrong);
});

test.serial('who stops prove ends its loops', async (t) => {
  const prove = room.start(heldLoops(4325), 0);
  const ended = once(prove, 'exit');
  while ((await listed(0)).filter(({ state }) => state === 'running').length < 2) await wait(20);
  prove.kill('SIGTERM');
  t.not((await ended)[0], 0);
  t.deepEqual(await listed(0), []);
});

test.serial('what is too much for the queue is refused in words', async (t) => {
  await room.sh('plumpos ctl set queue 2; plumpos ctl set jobs 1', { uid: 0 });
  const all = 'rm -f free; for i in 1 2 3 4 5; do plumpos run sh -c "while [ ! -e free ]; do sleep 0.1; done" & done; ';
  const { stderr } = await room.sh(
    `${all} while [ $(plumpos ps | grep -c queued) -lt 2 ]; do :; done; sleep 1; touch free; wait`,
  );
  t.is(stderr.match(/^plumpos run: 2 wait for their turn already \(try again later\)$/gm)?.length, 2);
});

test.serial('without an agent plumpos sh is a plain shell, at once, and run says what is missing', async (t) => {
  await room.killAgent();
  t.deepEqual(await tried(`plumpos sh -c 'echo "$0 $1"; exit 3' a b`), [3, 'a b\n']);
  const impatient = await tried('timeout 4 plumpos run true');
  t.deepEqual(impatient, [124, 'plumpos run: waits for the PlumpOS agent of this machine\n']);
  await room.startAgent();
  t.deepEqual(await tried('plumpos run echo back'), [0, 'back\n']);
});
