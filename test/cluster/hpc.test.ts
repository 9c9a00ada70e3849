import test from 'ava';
import { jobFile } from '../helpers/job-scripts.ts';
import { LabUnderTest } from '../helpers/lab.ts';
import { endLoops, jobsOf, startLoops } from '../helpers/loops.ts';

const lab = new LabUnderTest();
const STILL_MS = 20_000;
const SPREAD_SECONDS = 300;

test.before(async () => {
  await lab.up('2', '--head', '--cpus', 'head=1', '--memory', 'n1=448', '--memory', 'n2=448');
  await lab.settle('head', ['head alive', 'n1 alive', 'n2 alive']);
  // What emulated PCs measure of themselves on a busy machine differs by half.
  for (const name of ['head', 'n1', 'n2']) await lab.on(name, 'plumpos', 'ctl', 'setspeed', '1000');
  await lab.ok('copy', jobFile('loop.py'), 'head:/home/alice/loop.py');
});

test.after.always(() => lab[Symbol.asyncDispose]());

const asAlice = (text: string) => lab.as('head', 'alice', text);
const shell = (name: string, text: string) => lab.exec(name, ['sh', '-c', text]);
const textOf = async (name: string, file: string) => (await shell(name, `cat /run/hpc/${file}`)).stdout.trim();
const untilText = (name: string, file: string, wanted: string) =>
  lab.until(
    () => textOf(name, file),
    (text) => text === wanted,
  );

const start = (count: number, options: string) => startLoops(lab, count, options);

const jobs = async () => (await jobsOf(lab)).filter(({ state }) => state === 'running');

async function where(): Promise<string> {
  const hosts = (await jobs()).map(({ host }) => host);
  return ['head', 'n1', 'n2'].map((name) => `${name} ${hosts.filter((host) => host === name).length}`).join(', ');
}

const untilSpread = (wanted: string) => lab.until(where, (found) => found === wanted, SPREAD_SECONDS);

const numberOf = async (name: string) => (await lab.nodes('head')).find((node) => node.name === name)?.number ?? 0;

test.serial('a mask is obeyed by the balancer and by migrate, and can be changed while the program runs', async (t) => {
  const done = start(4, '--home --not n1');
  t.is(await untilSpread('head 2, n1 0, n2 2'), 'head 2, n1 0, n2 2');
  const [first] = await jobs();
  t.regex((await asAlice(`plumpos migrate ${first?.pid} n1`)).stderr, /its mask \(--not n1\) keeps it from n1/);
  t.regex((await asAlice(`plumpos mask ${first?.pid} --not head,n1,n2`)).stderr, /leaves no member/);
  await asAlice(
    'for pid in $(plumpos ps --json | grep -o "pid.:[0-9]*" | grep -o "[0-9]*"); do plumpos mask $pid --none; done',
  );
  t.is(
    await lab.until(where, (found) => !found.includes('n1 0'), SPREAD_SECONDS).then((found) => found.includes('n1 0')),
    false,
  );
  await endLoops(lab);
  t.is(await done, 'whole\n'.repeat(4));
});

test.serial('the files of openMosix do what the commands do: block, stay, bring, goto, lock', async (t) => {
  await shell('n2', 'echo 1 >/run/hpc/admin/block');
  const ctl = await lab.until(
    () => lab.on('n2', 'plumpos', 'ctl'),
    (text) => text.startsWith('block:'),
  );
  t.regex(ctl, /^block:/);
  const done = start(4, '--home');
  t.is(await untilSpread('head 2, n1 2, n2 0'), 'head 2, n1 2, n2 0');
  await shell('head', 'echo 1 >/run/hpc/admin/bring');
  t.is(await untilSpread('head 4, n1 0, n2 0'), 'head 4, n1 0, n2 0');
  await lab.pause(STILL_MS);
  t.is(await where(), 'head 4, n1 0, n2 0', 'brought home they stay');
  t.is(await textOf('head', 'admin/bring'), '1');
  await shell('head', 'echo 1 >/run/hpc/admin/stay; echo 0 >/run/hpc/admin/bring');
  await shell('n2', 'echo 0 >/run/hpc/admin/block');
  const [first] = await jobs();
  const pid = first?.pid ?? 0;
  const n2 = await numberOf('n2');
  t.is((await asAlice(`echo ${n2} >/run/hpc/${pid}/goto`)).status, 0);
  t.is(await untilText('head', `${pid}/where`, String(n2)), String(n2));
  t.is(await textOf('head', `${pid}/nmigs`), String((first?.moves ?? 0) + 1));
  await asAlice(`echo 1 >/run/hpc/${pid}/lock`);
  const locked = await lab.until(jobs, (all) => all.some((job) => job.pid === pid && job.locked === true));
  t.is(locked.find((job) => job.pid === pid)?.locked, true);
  const guest = /^home=head .*python3 loop\.py$/m;
  const guests = async () => (await shell('n2', 'cat /run/hpc/remote/*/identity')).stdout;
  t.regex(await lab.until(guests, (text) => guest.test(text)), guest);
  t.true(Number(await textOf('head', `nodes/${n2}/load`)) > 0);
  await endLoops(lab);
  t.is(await done, 'whole\n'.repeat(4));
  t.not((await shell('head', `test -e /run/hpc/${pid}`)).status, 0, 'its folder went with it');
  await shell('head', 'echo 0 >/run/hpc/admin/stay');
});

test.serial('nobody writes what is not his, and what is refused is put back and told', async (t) => {
  const done = start(1, '--home');
  const [job] = await lab.until(jobs, (all) => all.length === 1);
  await untilText('head', `${job?.pid}/lock`, '0');
  t.not((await lab.as('head', 'bob', `echo 1 >/run/hpc/${job?.pid}/lock`)).status, 0);
  t.not((await asAlice('echo 1 >/run/hpc/admin/block')).status, 0);
  t.not((await asAlice(`rm /run/hpc/${job?.pid}/lock`)).status, 0);
  const since = (await lab.events('head')).at(-1)?.seq;
  await shell('head', 'echo 0 >/run/hpc/admin/speed');
  const told = await lab.until(
    async () => (await lab.events('head', since)).filter(({ type }) => type === 'hpc.refused'),
    (events) => events.length > 0,
  );
  t.regex(told[0]?.text ?? '', /^\/run\/hpc\/admin\/speed: /);
  t.not(await textOf('head', 'admin/speed'), '0');
  await endLoops(lab);
  t.is(await done, 'whole\n');
});

test.serial('the files go when the member leaves', async (t) => {
  await lab.on('n2', 'plumpos', 'leave');
  const there = async () => (await shell('n2', 'test -e /run/hpc')).status === 0;
  t.false(await lab.until(there, (is) => !is));
});
