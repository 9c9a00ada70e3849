import { spawn } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { endsWithUs } from '#builder/host/ends-with-us.ts';
import type { Rates, SpeedView } from '#runtime/model/speed.ts';
import { calibrate } from '#runtime/system/calibrate.ts';
import { readCpus } from '#runtime/system/cpu-topology.ts';
import { runCommand } from '#runtime/system/run-command.ts';
import { HomeRoom } from '../helpers/home-room.ts';
import { nativePrograms } from '../helpers/member-programs.ts';

// Not before it is known that a test of this file is wanted: whoever asks for one of another file would wait for this.
let room: HomeRoom;
let program: string;
test.before(async () => {
  program = path.join(await nativePrograms(), 'calibrate');
  room = await HomeRoom.open();
});
test.after.always(() => room[Symbol.asyncDispose]());

/** What is neither half nor twice as much; a neighbour on the same core may cost a third. */
const SAME = 1.6;
const cpu = readCpus().at(-1)?.cpu ?? 0;

async function rates(): Promise<Rates> {
  const [core] = await calibrate([[cpu]], (_file, args) => runCommand(program, args));
  if (core === undefined) throw new Error('no core was measured');
  return core.alone;
}

const ratio = (a: number, b: number) => Math.max(a / b, b / a);

test.serial('a CPU is as fast as it was a moment ago, and no slower for what else runs on it', async (t) => {
  const before = await rates();
  const loop = ['taskset', '-c', `${cpu}`, 'nice', '-n', '10', 'sh', '-c', 'while :; do :; done'];
  const [file, ...args] = endsWithUs(loop, 'KILL');
  const others = [1, 2].map(() => spawn(file, args, { stdio: 'ignore' }));
  t.teardown(() => others.forEach((one) => one.kill('SIGKILL')));
  const busy = await rates();
  t.log(`integer ${before.integer}, busy ${busy.integer}; floating point ${before.float}, busy ${busy.float}`);
  t.true(ratio(before.integer, busy.integer) < SAME);
  t.true(ratio(before.float, busy.float) < SAME);
});

test.serial('siblings are measured together too; a CPU that is not there is refused', async (t) => {
  const cpus = readCpus()
    .map((one) => one.cpu)
    .slice(0, 2);
  const [core] = await calibrate([cpus], (_file, args) => runCommand(program, args));
  t.is(core?.shared === undefined, cpus.length === 1);
  t.true((core?.shared?.integer ?? 1) > 0);
  for (const words of [['1000'], ['0,'], ['x'], ['-1'], ['0;1'], []])
    await t.throwsAsync(runCommand(program, words), { code: 'PLUMP_TOOL' }, words.join(' '));
});

test.serial('a speed set by hand is told, outlives the agent, and holds until tune', async (t) => {
  const say = async (command: string, uid = 0) => {
    const { status, stdout, stderr } = await room.sh(command, { uid });
    return [status, `${stdout}${stderr}`];
  };
  t.deepEqual(await say('plumpos ctl getspeed', 1234), [0, '10000\n']);
  t.is((await say('plumpos ctl setspeed 5000', 1234))[0], 1);
  t.deepEqual(await say('plumpos mosctl setspeed 5000'), [0, '']);
  for (const word of ['0', '65536', 'fast', ''])
    t.regex((await say(`plumpos ctl setspeed ${word}`)).join(' '), /^2 plumpos: plumpos ctl setspeed: .*\n {2}.*10000/);
  await room.killAgent();
  await room.startAgent();
  t.deepEqual(await say('plumpos ctl getspeed here --json'), [0, '{"speed":5000}\n']);
  t.regex((await say('plumpos ctl'))[1] as string, /^speed 5000, set by hand$/m);
  t.regex((await say('plumpos ctl getspeed nobody')).join(' '), /^2 .*no member is called 'nobody'/);
  const [status, answer] = await say('plumpos tune --json');
  t.is(status, 0);
  const view = JSON.parse(answer as string) as SpeedView;
  t.is(view.set, undefined);
  t.is(view.speed, view.measured?.speed ?? 0);
  t.deepEqual(await say('plumpos ctl getspeed'), [0, `${view.speed}\n`]);
});
