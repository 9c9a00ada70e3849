import test from 'ava';
import type { JobView } from '#runtime/model/job.ts';
import { jobFile } from '../helpers/job-scripts.ts';
import { LabUnderTest } from '../helpers/lab.ts';

const lab = new LabUnderTest();
/** So long is watched that nothing happens: a balancer that wants to move something has asked many times by then. */
const STILL_MS = 20_000;
const SPREAD_SECONDS = 300;

test.before(async () => {
  await lab.up('2', '--head', '--cpus', 'head=1', '--memory', 'n1=448', '--memory', 'n2=448');
  await lab.settle('head', ['head alive', 'n1 alive', 'n2 alive']);
  await lab.ok('copy', jobFile('loop.py'), 'head:/home/alice/loop.py');
});

test.after.always(() => lab[Symbol.asyncDispose]());

const asAlice = (text: string) => lab.as('head', 'alice', text);

/** Starts so many programs of alice's that compute until {@link finish}; tells what all of them printed. */
function start(count: number, options: string): Promise<string> {
  const run = `plumpos run ${options} -- python3 loop.py </dev/null >out.$i`;
  const done = asAlice(`rm -f go out.*; for i in $(seq ${count}); do ${run} & done; wait; cat out.*`);
  done.catch(() => {});
  return done.then(({ stdout }) => stdout);
}

async function jobs(): Promise<readonly JobView[]> {
  const { stdout } = await asAlice('plumpos ps --json');
  return (JSON.parse(stdout || '[]') as JobView[]).filter(({ state }) => state === 'running');
}

/** How many run where, as `head 2, n1 1`. */
async function where(): Promise<string> {
  const hosts = (await jobs()).map(({ host }) => host);
  return ['head', 'n1', 'n2'].map((name) => `${name} ${hosts.filter((host) => host === name).length}`).join(', ');
}

const untilSpread = (wanted: string) => lab.until(where, (found) => found === wanted, SPREAD_SECONDS);

async function finish(): Promise<void> {
  await asAlice('touch go');
}

test.serial(
  'six programs started at once at home spread over the room by themselves, and every result is right',
  async (t) => {
    const since = (await lab.events('head')).at(-1)?.seq;
    const done = start(6, '--home');
    t.is(await untilSpread('head 2, n1 2, n2 2'), 'head 2, n1 2, n2 2');
    t.true((await jobs()).every(({ moves }) => moves <= 1));
    const moved = (await lab.events('head', since)).filter(({ type }) => type === 'job.moved');
    t.deepEqual([...new Set(moved.map(({ fields }) => fields['why']))], ['load']);
    await finish();
    t.is(await done, 'whole\n'.repeat(6));
  },
);

test.serial('programs that were started for one member stay there, however crowded it is', async (t) => {
  const done = start(3, '--on n1');
  t.is(await untilSpread('head 0, n1 3, n2 0'), 'head 0, n1 3, n2 0');
  await lab.pause(STILL_MS);
  t.is(await where(), 'head 0, n1 3, n2 0');
  await finish();
  t.is(await done, 'whole\n'.repeat(3));
});

test.serial('stay, block and expel are obeyed while load would have it otherwise', async (t) => {
  await lab.on('head', 'plumpos', 'ctl', 'stay');
  await lab.on('n2', 'plumpos', 'ctl', 'block');
  const done = start(4, '--home');
  t.is(await untilSpread('head 4, n1 0, n2 0'), 'head 4, n1 0, n2 0');
  await lab.pause(STILL_MS);
  t.is(await where(), 'head 4, n1 0, n2 0', 'stay');
  await lab.on('head', 'plumpos', 'ctl', 'nostay');
  t.is(await untilSpread('head 2, n1 2, n2 0'), 'head 2, n1 2, n2 0');
  await lab.pause(STILL_MS);
  t.is(await where(), 'head 2, n1 2, n2 0', 'block');
  await lab.on('n1', 'plumpos', 'ctl', 'expel');
  t.is(await untilSpread('head 4, n1 0, n2 0'), 'head 4, n1 0, n2 0');
  await lab.pause(STILL_MS);
  t.is(await where(), 'head 4, n1 0, n2 0', 'expel');
  await finish();
  t.is(await done, 'whole\n'.repeat(4));
});
