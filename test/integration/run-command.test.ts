import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { JobRoom, type Request } from '../helpers/job-room.ts';

// Not before it is known that a test of this file is wanted: whoever asks for one of another file would wait for this.
let room: JobRoom;
test.before(async () => {
  room = await JobRoom.open();
});
test.after.always(() => room[Symbol.asyncDispose]());

/** What the agent is asked by a command line; nothing is started. */
async function asked(command: string): Promise<Record<string, readonly string[]>> {
  room.refusal = 'fail 99 not today\n';
  const before = room.requests.length;
  const { status, stderr } = await room.sh(command);
  room.refusal = undefined;
  if (status !== 99) throw new Error(`${status}: ${stderr}`);
  const request = room.requests[before] as Request;
  const placing = [
    'on',
    'home',
    'best',
    'mem',
    'cpu',
    'nomig',
    'cpujob',
    'iojob',
    'decay',
    'only',
    'not',
    'detach',
    'net',
    'publish',
    'lostttl',
    'arg',
  ];
  return Object.fromEntries(placing.flatMap((key) => (request.has(key) ? [[key, request.get(key) as string[]]] : [])));
}

test.serial('the options of run reach the agent, and the rest is the program', async (t) => {
  t.deepEqual(await asked('plumpos run true'), { arg: ['true'] });
  t.deepEqual(await asked('plumpos run --on n1,n3 --mem 2G --cpu=2 --nomig -- ls --on -l'), {
    on: ['n1,n3'],
    mem: [`${2 ** 31}`],
    cpu: ['2'],
    nomig: ['1'],
    arg: ['ls', '--on', '-l'],
  });
  t.deepEqual(await asked('plumpos run --home --net host --publish 8080 --publish 10.0.0.1:81 --lost-ttl 10m cat'), {
    home: ['1'],
    net: ['host'],
    publish: ['8080', '10.0.0.1:81'],
    lostttl: ['600'],
    arg: ['cat'],
  });
  t.deepEqual(await asked('PLUMPOS_MEM=1M PLUMPOS_NOMIG=1 PLUMPOS_HOME=0 plumpos run --mem 5 true'), {
    mem: ['5'],
    nomig: ['1'],
    arg: ['true'],
  });
  t.deepEqual(await asked('PLUMPOS_ON=n1 plumpos run --home true'), { home: ['1'], arg: ['true'] });
  t.deepEqual(await asked('plumpos run --only n1,n2 --not n2 ls'), { only: ['n1,n2'], not: ['n2'], arg: ['ls'] });
  t.deepEqual(await asked("plumpos sh -c 'a b'"), { arg: ['sh', '-c', 'a b'] });
});

test.serial('plumpos.config.json says what holds where nothing else does', async (t) => {
  const here = (config: string, command: string) => {
    writeFileSync(path.join(room.folder, 'plumpos.config.json'), config);
    return `cd ${room.folder} && ${command}`;
  };
  const config = JSON.stringify({
    build: { compress: ['xz', { a: null }] },
    run: { on: ['n1', 'n2'], mem: '2\u0047', cpu: 3, nomig: true, detach: false, publish: [80, '81'], colour: 'red' },
  });
  t.deepEqual(await asked(here(config, 'plumpos run true')), {
    on: ['n1,n2'],
    mem: [`${2 ** 31}`],
    cpu: ['3'],
    nomig: ['1'],
    publish: ['80', '81'],
    arg: ['true'],
  });
  t.deepEqual(await asked(here(config, 'PLUMPOS_CPU=2 PLUMPOS_PUBLISH=90,91 plumpos run --home --mem 1 true')), {
    home: ['1'],
    mem: ['1'],
    cpu: ['2'],
    nomig: ['1'],
    publish: ['90', '91'],
    arg: ['true'],
  });
  t.deepEqual(await asked(here('{"run":{"home":true}}', 'plumpos sh -c x')), { home: ['1'], arg: ['sh', '-c', 'x'] });
  const file = path.join(room.folder, 'plumpos.config.json');
  const wrong = {
    '{"run":{"mem":"2G"}': [78, `plumpos: ${file} is not valid JSON (PLUMP_CONFIG)\n`],
    '{"run":{"mem":2G}}': [78, `plumpos: ${file} is not valid JSON (PLUMP_CONFIG)\n`],
    '[]': [78, `plumpos: ${file} is not valid JSON (PLUMP_CONFIG)\n`],
    '{"run":["mem"]}': [78, `plumpos: ${file}: 'run' must be an object of option values (PLUMP_CONFIG)\n`],
    '{"run":{"mem":true}}': [
      2,
      "plumpos: --mem takes a size, as 512M or 2G, not 'true' (PLUMP_USAGE)\n  plumpos run --help\n",
    ],
  };
  for (const [text, [status, words]] of Object.entries(wrong)) {
    const end = await room.sh(here(text, 'plumpos run true'));
    t.deepEqual([end.status, end.stderr], [status, words], text);
  }
});

test.serial('the old names take their old arguments', async (t) => {
  for (const name of ['mosrun', 'runon', 'runhome', 'nomig', 'cpujob', 'iojob', 'nodecay', 'slowdecay', 'fastdecay'])
    symlinkSync('plumpos', path.join(room.programs, name));
  t.deepEqual(await asked('mosrun ls -l'), { arg: ['ls', '-l'] });
  t.deepEqual(await asked('mosrun -h ls -l'), { home: ['1'], nomig: ['1'], arg: ['ls', '-l'] });
  t.deepEqual(await asked('mosrun 258 ls'), { on: ['258'], arg: ['ls'] });
  t.deepEqual(await asked('mosrun 258,300 ls'), { on: ['258,300'], arg: ['ls'] });
  t.deepEqual(await asked('mosrun n2 ls'), { on: ['n2'], arg: ['ls'] });
  t.deepEqual(await asked('mosrun --mem 1K ls'), { mem: ['1024'], arg: ['ls'] });
  t.deepEqual(await asked('runon n2 ls'), { on: ['n2'], nomig: ['1'], arg: ['ls'] });
  t.deepEqual(await asked('runhome ls'), { home: ['1'], nomig: ['1'], arg: ['ls'] });
  t.deepEqual(await asked('cpujob ls -l'), { cpujob: ['1'], arg: ['ls', '-l'] });
  t.deepEqual(await asked('iojob ls'), { iojob: ['1'], arg: ['ls'] });
  t.deepEqual(await asked('nodecay ls'), { decay: ['no'], arg: ['ls'] });
  t.deepEqual(await asked('slowdecay ls'), { decay: ['slow'], arg: ['ls'] });
  t.deepEqual(await asked('fastdecay ls'), { decay: ['fast'], arg: ['ls'] });
  t.deepEqual(await asked('PLUMPOS_IOJOB=1 cpujob ls'), { cpujob: ['1'], arg: ['ls'] });
  t.deepEqual(await asked('plumpos run --cpujob --decay slow ls'), { cpujob: ['1'], decay: ['slow'], arg: ['ls'] });
  t.deepEqual(await asked('nomig ls -h'), { home: ['1'], nomig: ['1'], arg: ['ls', '-h'] });
});

test.serial('a program for another machine is named as such', async (t) => {
  const program = path.join(room.programs, 'pi');
  const elf = Buffer.alloc(64);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf.set([2, 0, 183, 0], 16);
  writeFileSync(program, elf, { mode: 0o755 });
  const { status, stderr } = await room.sh('plumpos run pi');
  t.is(status, 126);
  t.is(stderr, 'plumpos run: pi: it is a program for 64-bit ARM; members are PCs (x86-64)\n');
});

test.serial('what is wrong on the command line is said, with status 2, and nobody is asked', async (t) => {
  const before = room.requests.length;
  const cases = {
    'plumpos run': 'plumpos run: which program?',
    'plumpos run --od x': "unknown option '--od'",
    'plumpos run -x y': "unknown option '-x'",
    'plumpos run --mem': '--mem needs a value',
    'plumpos run --home=1 x': '--home takes no value',
    'plumpos run --mem lots x': "--mem takes a size, as 512M or 2G, not 'lots'",
    'plumpos run --mem 0 x': "--mem takes a size, as 512M or 2G, not '0'",
    'plumpos run --cpu 0 x': "--cpu takes a whole number of 1 or more, not '0'",
    'plumpos run --net wlan0 x': "--net takes 'host', not 'wlan0'",
    'plumpos run --publish 0 x': "--publish takes a port, as 8080 or 192.168.1.5:8080, not '0'",
    'plumpos run --lost-ttl 1y x': "--lost-ttl takes a time, as 90s, 10m or 2h, not '1y'",
    "plumpos run --on '' x": "--on takes one or more NODEs, as n1 or n1,n3, not ''",
    'plumpos run --on n1 --home x': '--on, --home and --best exclude each other',
    'plumpos run --cpujob --iojob x': '--cpujob and --iojob exclude each other',
    'plumpos run --decay never x': "--decay takes 'no', 'slow' or 'fast', not 'never'",
    'runon n1': 'runon takes a NODE and a PROGRAM',
  };
  for (const [command, words] of Object.entries(cases)) {
    const { status, stderr } = await room.sh(command);
    t.deepEqual([status, stderr], [2, `plumpos: ${words} (PLUMP_USAGE)\n  plumpos run --help\n`], command);
  }
  t.regex((await room.sh('setsid plumpos run --tty true')).stderr, /there is no terminal here/);
  t.is(room.requests.length, before);
});
