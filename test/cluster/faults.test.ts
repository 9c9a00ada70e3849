import { setTimeout as wait } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { failAt, faultyAgents } from '../helpers/agents.ts';
import { LabUnderTest } from '../helpers/lab.ts';

const lab = new LabUnderTest();
const ALL = ['head alive', 'n1 alive', 'n2 alive'];

test.before(async () => {
  await lab.up('2', '--head', '--memory', 'n1=448', '--memory', 'n2=448');
  await lab.settle('head', ALL);
});

test.after.always(() => lab[Symbol.asyncDispose]());

const asAlice = (text: string) => lab.as('head', 'alice', text);
/** Counts to its output and to a file until it is told to end. */
const COUNT = 'i=0; until [ -e go ]; do i=$((i+1)); echo $i; echo $i >>count; sleep 1; done; exit 7';

/** What happens in the move from n1 to n2, and what becomes of the job: it is whole, or lost with a host, which is named. */
interface Fault {
  readonly machine: 'head' | 'n1' | 'n2';
  readonly place: string;
  readonly action: string;
  readonly lostWith?: 'n1' | 'n2';
}

const numbers = (text: string) => text.split('\n').filter(Boolean).map(Number);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function aJobOnN1(): Promise<number> {
  const found = await lab.until(
    () => asAlice('plumpos ps --json'),
    ({ stdout }) => /"state": *"running"/.test(stdout),
  );
  const [{ pid }] = JSON.parse(found.stdout) as [{ pid: number }];
  const { status, stderr } = await asAlice(`plumpos migrate ${pid} n1`);
  if (status !== 0) throw new Error(stderr);
  return pid;
}

/** The machine has failed, and is well again. */
async function overcome({ machine, action }: Fault): Promise<void> {
  const [what, address = ''] = action.split(' ');
  if (what === 'power') {
    await lab.until(
      () => lab.list(),
      (machines) => machines.some(({ name, state }) => name === machine && state !== 'running'),
    );
    await lab.ok('start', machine);
    faulty.delete(machine);
  } else {
    const struck = 'until [ -e /run/plumpos/fault.done ]; do sleep 0.5; done';
    await lab.on(machine, 'sh', '-c', struck);
    if (what === 'deaf') {
      await wait(20_000);
      await lab.on(machine, 'ip', 'route', 'del', 'blackhole', address);
    }
  }
  await lab.settle('head', ALL);
}

/** Machines whose agents can fail; one that was started again has the image's. */
const faulty = new Set<string>();

async function isOvercome(t: ExecutionContext, fault: Fault): Promise<void> {
  if (!faulty.has(fault.machine)) {
    await faultyAgents(lab, [fault.machine]);
    faulty.add(fault.machine);
    await lab.settle('head', ALL);
  }
  await asAlice('rm -f go count');
  const job = asAlice(`plumpos run --home --lost-ttl 20s -- sh -c '${COUNT}'`);
  const pid = await aJobOnN1();
  await failAt(lab, fault.machine, fault.place, fault.action);
  const moving = asAlice(`plumpos migrate ${pid} n2`);
  await overcome(fault);
  await moving;
  const before = numbers((await asAlice('cat count')).stdout).length;
  if (fault.lostWith === undefined)
    await lab.until(
      async () => numbers((await asAlice('cat count')).stdout).length,
      (count) => count > before + 2,
    );
  await asAlice('touch go');
  const { status, stdout, stderr } = await job;
  const printed = numbers(stdout);
  const written = numbers((await asAlice('cat count')).stdout);
  t.deepEqual(printed, upTo(printed.length), 'what it printed');
  t.deepEqual(written, upTo(written.length), 'what it wrote');
  if (fault.lostWith === undefined) {
    t.is(status, 7, stderr);
    t.is(printed.length, written.length);
    t.true(written.length > before + 2, 'it does not run on');
  } else {
    t.is(status, 125, stderr);
    t.true(stderr.includes(fault.lostWith), stderr);
  }
  for (const name of ['n1', 'n2']) t.is(await left(name), '', name);
  t.is((await asAlice('plumpos ps --json')).stdout.trim(), '[]');
}

/** What jobs leave on a node, at once or after much too long. */
function left(name: string): Promise<string> {
  const look = 'ls /run/plumpos/guests; ls /run/netns | grep ^j; ls -d /sys/fs/cgroup/plumpos-jobs/*/; true';
  return lab.until(
    () => lab.on(name, 'sh', '-c', look),
    (text) => text === '',
  );
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'the source loses its power while it dumps': {
    machine: 'n1',
    place: 'host.dump',
    action: 'power',
    lostWith: 'n1',
  },
  'the source loses its power when it has sent the images': {
    machine: 'n1',
    place: 'host.send.done',
    action: 'power',
    lostWith: 'n1',
  },
  'the target loses its power while it restores': { machine: 'n2', place: 'host.restore', action: 'power' },
  'the target loses its power before it can say that it is prepared': {
    machine: 'n2',
    place: 'host.restore.done',
    action: 'power',
  },
  'the target loses its power when it is told to go': {
    machine: 'n2',
    place: 'host.go',
    action: 'power',
    lostWith: 'n2',
  },
  'the source loses its power after the decision': { machine: 'n1', place: 'host.discard', action: 'power' },
  "home's agent is killed before the decision": { machine: 'head', place: 'home.restore.done', action: 'kill' },
  "home's agent is killed after the decision": { machine: 'head', place: 'home.discard', action: 'kill' },
  "the source's agent is killed after the dump": { machine: 'n1', place: 'host.dump.done', action: 'kill' },
  "the target's agent is killed before it restores": { machine: 'n2', place: 'host.restore', action: 'kill' },
  "the target's agent is killed when it is told to go": { machine: 'n2', place: 'host.go', action: 'kill' },
  'source and target do not hear each other when the images are to go': {
    machine: 'n1',
    place: 'host.send',
    action: 'deaf 10.77.0.2',
  },
};

for (const [title, fault] of Object.entries(FAULTS))
  test.serial(`a move in which ${title}: nothing runs twice, and nothing is lost but with its host`, (t) =>
    isOvercome(t, fault),
  );
