import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { killAgent } from '../helpers/agents.ts';
import { agentsThatFail } from '../helpers/faulty-move/blows.ts';
import { play } from '../helpers/faulty-move/play.ts';
import { judge } from '../helpers/faulty-move/verdict.ts';
import { WORST } from '../helpers/faulty-move/worst.ts';
import { inPython, jobFile, script } from '../helpers/job-scripts.ts';
import { onlyJob, upForJobs } from '../helpers/jobs-room.ts';
import { LabUnderTest } from '../helpers/lab.ts';
import { leftOver } from '../helpers/left-over.ts';
import { upstreamTarball } from '../helpers/upstream-tarball.ts';

const lab = new LabUnderTest();

test.before(async () => {
  await upForJobs(lab, ['n1', 'n2']);
  await lab.settle('head', ['head alive', 'n1 alive', 'n2 alive']);
});

test.after.always(() => lab[Symbol.asyncDispose]());

function asAlice(text: string) {
  return lab.as('head', 'alice', text);
}

const jobThere = () => onlyJob(lab, 60);

/** What it printed besides the words of `plumpos migrate`. */
const withoutMoves = (lines: readonly string[]) => lines.filter((line) => !line.includes(' moved from '));

test.serial('a program on another node has the host name, user, folder, input and status of home', async (t) => {
  const command =
    "cd /usr/share; echo 'a line' >/tmp/in; plumpos run --on n2 -- sh -c 'hostname; id; pwd; cat; exit 7' </tmp/in";
  const { status, stdout, stderr } = await asAlice(command);
  t.is(status, 7, stderr);
  t.is(stdout, 'head\nuid=1000(alice) gid=1000(alice) groups=1000(alice)\n/usr/share\na line\n');
});

test.serial("root's programs stay at home, and say so where they were to go elsewhere", async (t) => {
  const away = await lab.exec('head', ['plumpos', 'run', '--on', 'n2', '--', 'id']);
  t.is(away.status, 125);
  t.is(away.stderr, "plumpos run: root's programs stay at home (runuser -u NAME -- plumpos run …)\n");
  t.is(await lab.on('head', 'plumpos', 'run', '--', 'id', '-u'), '0');
});

test.serial("a node runs the head's programs, which it has not, one built there with its own library", async (t) => {
  const { status, stdout, stderr } = await asAlice(script('own-library.sh'));
  t.is(status, 0, stderr);
  t.is(stdout, '42\n42\n42\ncompiled\n');
  t.is((await lab.exec('n1', ['sh', '-c', 'type python3 perl gcc'])).status, 127, 'a node has them');
});

/** What each of them has in RAM, in kB; the most it ever had would be CRIU's, which becomes what it restores. @param pids of a shell */
async function resident(name: string, pids: string): Promise<readonly number[]> {
  const text = await lab.on(name, 'sh', '-c', `for pid in ${pids}; do cat /proc/$pid/status; done`);
  return [...text.matchAll(/^VmRSS:\s+(\d+) kB$/gm)].map(([, kilobytes]) => Number(kilobytes));
}

/** The pid 1 of the job on this node. */
const SHIM = "$(grep -l '^NSpid:.*[0-9][[:space:]]1$' /proc/[0-9]*/status | grep -o '[0-9][0-9]*')";

test.serial(
  '100 MB through a program that is moved 20 times come back whole, and what they pass needs less than 1 MB of memory',
  async (t) => {
    const stream = asAlice(`rm -f sent over; touch go; ${inPython('stream.py', 100_000_000, 20)}`);
    await lab.on('head', 'sh', '-c', 'until [ -e /home/alice/sent ]; do sleep 0.5; done');
    const pid = (await jobThere())?.pid;
    const seen = [await resident('head', `${pid} $(pidof relay)`), await resident('n1', `${SHIM} $(pidof relay)`)];
    await lab.on('head', 'touch', '/home/alice/over');
    const { stdout, stderr } = await stream;
    t.is(stdout, '0 100000000 same\n', stderr);
    t.is(stderr.match(/ moved from n\d to n\d: /g)?.length, 20, stderr);
    for (const there of seen) {
      t.is(there.length, 2, 'both are there');
      for (const one of there) t.true(one < 1024, `${one} kB`);
    }
  },
);

test.serial('the pid that a program elsewhere writes down is good at home', async (t) => {
  const { stdout, stderr } = await asAlice(script('own-pid.sh'));
  t.is(stdout, 'same pid\n143\n', stderr);
});

test.serial(
  'awk, perl, python3, Node.js, threads and a tree move from home to n1, n2 and home again, and go on',
  async (t) => {
    const { status, stdout, stderr } = await asAlice(script('round-trip.sh'));
    t.is(status, 0, stderr);
    const lines = stdout.trim().split('\n');
    t.deepEqual(
      withoutMoves(lines),
      [
        'awk start',
        'awk whole',
        'status 5',
        'perl start',
        'perl whole',
        'status 6',
        'python start',
        'python whole',
        'status 7',
        'node start',
        'node whole',
        'status 8',
        'threads start',
        'threads whole',
        'status 9',
        'tree whole',
        'status 0',
      ],
      stderr,
    );
    for (const [from, to] of [
      ['head', 'n1'],
      ['n1', 'n2'],
      ['n2', 'head'],
    ])
      t.is(lines.filter((line) => line.includes(` moved from ${from} to ${to}: `)).length, 6, `${from} to ${to}`);
  },
);

test.serial(
  'memory, semaphores and queues, files, locks, sockets, timers and children of a program move with it',
  async (t) => {
    await lab.ok('copy', jobFile('kinds.py'), 'head:/home/alice/kinds.py');
    const { status, stdout, stderr } = await asAlice(script('kinds.sh'));
    t.is(status, 0, `${stdout}${stderr}`);
    const lines = stdout.trim().split('\n');
    t.deepEqual(withoutMoves(lines), ['holds 21', 'looked 0', 'looked 1', 'looked 2', 'looked 3'], stderr);
    t.is(lines.length, 3 + 5, 'three moves');
  },
);

test.serial('a shell on another node is worked with in a terminal, and is moved meanwhile', async (t) => {
  const { status, stdout, stderr } = await asAlice(script('in-terminal.sh'));
  t.is(status, 0, `${stdout}${stderr}`);
  t.regex(stdout, /^count whole\nfine\n$/m);
});

test.serial(
  'clients outside of the cluster do not notice that the server they talk to is moved ten times',
  async (t) => {
    const { status, stdout, stderr } = await lab.exec('head', ['sh', '-c', script('published.sh')]);
    t.is(status, 0, `${stdout}${stderr}`);
    t.is(stdout.match(/ moved from \w+ to \w+: /g)?.length, 10, stdout);
    t.regex(stdout, /^all answered\nthe port is free again$/m);
  },
);

/** Alice has other disks below her folder, `disk` with ext4 and `tree` with btrfs and a subvolume in it; once. */
async function disksForHome(): Promise<void> {
  if ((await lab.exec('head', ['test', '-e', '/home/alice/disk'])).status !== 0)
    await lab.on('head', 'sh', '-c', script('disks.sh'));
}

test.serial('a program that moves keeps its files on other disks and in memory of home', async (t) => {
  await disksForHome();
  const { status, stdout, stderr } = await lab.exec('head', ['sh', '-c', script('mounts.sh')]);
  t.is(status, 0, `${stdout}${stderr}`);
  t.deepEqual(
    withoutMoves(stdout.trim().split('\n')),
    [
      ...['disk', 'tree', 'ram'].map((name) => `${name} is a file system of its own`),
      ...['disk', 'tree', 'tree/sub', 'ram'].map((name) => `${name} whole`),
    ],
    stderr,
  );
});

test.serial('a build with a shell that places each command makes the same objects, on all machines', async (t) => {
  await lab.ok('copy', await upstreamTarball('lua5.4'), 'head:/home/alice/lua.tar');
  // Some of them here: on an emulated PC a compiler takes seconds.
  const objects = 'lapi lcode ldo lgc llex lobject ltable lvm'.split(' ');
  const text = `OBJECTS='${objects.map((name) => `${name}.o`).join(' ')}'; ${script('make.sh')}`;
  const { status, stdout, stderr } = await asAlice(text);
  t.is(status, 0, stderr);
  t.is(stdout, `the same objects: ${objects.length}\n3\n`, stderr);
});

test.serial('no job leaves anything behind on any machine', async (t) => {
  t.deepEqual(await leftOver(lab, { home: 'head', nodes: ['n1', 'n2'] }), []);
});

test.serial(
  'a job does not notice that both agents are killed and that its host is cut off for five seconds',
  async (t) => {
    const job = asAlice("plumpos run --on n2 -- sh -c 'for i in $(seq 1 60); do echo $i; sleep 1; done; exit 9'");
    t.is((await jobThere())?.host, 'n2');
    await lab.on('head', 'sh', '-c', killAgent(true));
    await lab.on('n2', 'sh', '-c', killAgent(false));
    await lab.ok('cut', 'n2');
    await wait(5000);
    await lab.ok('mend');
    const { status, stdout, stderr } = await job;
    t.is(stdout, `${Array.from({ length: 60 }, (_, index) => index + 1).join('\n')}\n`, stderr);
    t.is(status, 9, stderr);
  },
);

test.serial(
  'who has root on a node gets of home what the user of its guest may, and nothing when that has ended',
  async (t) => {
    await asAlice('echo mine >own; echo unread >unread');
    await lab.on(
      'head',
      'sh',
      '-c',
      'umask 077; echo his >/home/bob/secret; chown bob: /home/bob/secret; chmod 700 /home/bob',
    );
    const job = asAlice('plumpos run --on n1 sleep 1000');
    t.is((await jobThere())?.host, 'n1');
    t.is(await lab.on('n1', 'sh', '-c', script('rogue.sh')), 'mine\nnothing more');
    await asAlice(`plumpos kill ${(await jobThere())?.pid}`);
    t.is((await job).status, 143);
    t.deepEqual(await leftOver(lab, { home: 'head', nodes: [] }), []);
    t.is(await lab.on('n1', 'sh', '-c', `GONE=1; ${script('rogue.sh')}`), 'nothing more');
    t.is((await asAlice('cat own')).stdout, 'mine\n');
  },
);

test.serial('who has root on a node and makes up handles of files gets no more of home with them', async (t) => {
  await disksForHome();
  await lab.ok('copy', jobFile('forge.c'), 'head:/root/forge.c');
  const handles = await lab.on('head', 'sh', '-c', script('forged-home.sh'));
  await lab.ok('copy', 'head:/root/forge', lab.file('forge'));
  await lab.ok('copy', lab.file('forge'), 'n1:/tmp/forge');
  const job = asAlice('plumpos run --on n1 sleep 1000');
  t.is((await jobThere())?.host, 'n1');
  const read = await lab.on('n1', 'sh', '-c', `set -- ${handles.replaceAll('\n', ' ')}; ${script('forged.sh')}`);
  t.is(read, 'mine\nnothing more');
  await asAlice(`plumpos kill ${(await jobThere())?.pid}`);
  t.is((await job).status, 143);
});

test.serial('a program sees and touches nothing of the PC that it is a guest on', async (t) => {
  const [n2] = (await lab.nodes('head')).filter(({ name }) => name === 'n2');
  await lab.ok('copy', jobFile('guest.py'), 'head:/home/alice/guest.py');
  const { status, stdout, stderr } = await asAlice(
    `plumpos run --on n2 -- python3 guest.py n2 ${n2?.overlay} ${n2?.addresses[0]} </dev/null`,
  );
  t.is(stdout, 'nothing more\n', stderr);
  t.is(status, 0);
});

let prepared: Promise<void> | undefined;
for (const [title, trial] of Object.entries(WORST))
  test.serial(`a move in which ${title}: nothing runs twice, and nothing is lost but with its host`, async (t) => {
    await (prepared ??= agentsThatFail(lab));
    t.deepEqual(judge(trial, await play(lab, trial)), []);
  });

test.serial('who switches a node off sends its guests elsewhere first', async (t) => {
  const job = asAlice("plumpos run --home -- sh -c 'for i in $(seq 1 90); do echo $i; sleep 1; done; exit 9'");
  t.is((await jobThere())?.host, 'head');
  t.regex((await asAlice(`plumpos migrate ${(await jobThere())?.pid} n2`)).stdout, / moved from head to n2: /);
  await lab.ok('off', 'n2');
  const { status, stdout, stderr } = await job;
  t.is(stdout, `${Array.from({ length: 90 }, (_, index) => index + 1).join('\n')}\n`, stderr);
  t.is(status, 9, stderr);
});

test.serial('a host that loses its power takes its job with it, and home says so', async (t) => {
  const program = "plumpos run --on n1 --lost-ttl 5s -- sh -c 'echo begun; exec sleep 1000'";
  const job = asAlice(`mkfifo pipe; cat pipe >told & ${program} >pipe; status=$?; wait; cat told; exit $status`);
  t.is((await jobThere())?.host, 'n1');
  // What it has said must have left the host before the power goes: nothing waits for it otherwise.
  await lab.until(
    async () => (await asAlice('cat told')).stdout,
    (told) => told !== '',
    60,
  );
  await lab.ok('kill', 'n1');
  const { status, stdout, stderr } = await job;
  t.is(status, 125, stderr);
  t.is(stdout, 'begun\n');
  t.regex(stderr, /n1/);
  t.is((await asAlice('plumpos ps --json')).stdout.trim(), '[]');
});
