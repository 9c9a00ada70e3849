import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { deriveKey } from '#runtime/model/derive-key.ts';
import { decodeJoinCode, encodeJoinCode } from '#runtime/model/join-code.ts';
import { framesOf, kindOf } from '../helpers/captured.ts';
import { LabUnderTest } from '../helpers/lab.ts';

const root = path.resolve(import.meta.dirname, '../..');
const lab = new LabUnderTest();
const capture = lab.file('capture.pcap');
const all = ['head', 'n1', 'n2', 'n3'];
const otherSecret = randomBytes(32);
const alive = (...names: string[]) => names.map((name) => `${name} alive`);

/** Started as plump on n1: each says its name, then the pid of its job. */
const JOBS = `
cd /tmp
start() { name=$1; shift; pid=$(plumpos run --detach "$@" </dev/null); echo "$name $pid status $?"; }
start free --on n2 -- sh -c 'exec >/dev/null 2>&1; exec sleep 1000'
start locked --on n2 --nomig -- sh -c 'exec >/dev/null 2>&1; exec sleep 1000'
start network --net host -- sh -c 'exec >/dev/null 2>&1; exec sleep 1000'
start gone --on n2 -- sh -c 'exec >/dev/null 2>&1; mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone; exec sleep 1000'
start closed --on n2 -- sh -c 'exec >/dev/null 2>&1; echo >/tmp/closed; exec 5</tmp/closed; chmod 0 /tmp/closed; exec sleep 1000'
start nested --on n2 -- sh -c 'exec >/dev/null 2>&1; exec unshare -Ur sleep 1000'
`;

/** The words of `plumpos ps --why` for each. */
const WHY: Readonly<Record<string, (pid: number) => string | undefined>> = {
  free: () => undefined,
  locked: () => 'locked (--nomig, plumpos lock)',
  network: () => '--net host: it uses the network of home itself',
  gone: (pid) => `its directory /tmp/gone was deleted (sleep, pid ${pid})`,
  closed: (pid) => `/tmp/closed could not be opened again by its user (sleep, pid ${pid})`,
  nested: (pid) => `nested user namespace (sleep, pid ${pid})`,
};

interface Explained {
  readonly pid: number;
  readonly host: string;
  readonly why: readonly string[];
  readonly members: readonly { readonly name: string; readonly reasons: readonly string[] }[];
}

test.before(async () => {
  await lab.up('3', '--head', '--cpus', 'head=2', '--capture', capture);
});

test.after.always(() => lab[Symbol.asyncDispose]());

test.serial('three nodes and a head are one cluster, for each of them', async (t) => {
  for (const name of all) {
    t.deepEqual(await lab.settle(name, alive(...all)), alive(...all), name);
    const map = (await lab.on(name, 'showmap')).split('\n').filter((line) => line.startsWith('0x'));
    t.is(map.length, 4, map.join('\n'));
  }
  const [head, n1] = await lab.nodes('n2');
  t.deepEqual([head?.kind, head?.addresses, head?.number], ['head', ['10.77.0.201'], 201]);
  t.deepEqual([n1?.kind, n1?.addresses, n1?.number], ['node', ['10.77.0.1'], 1]);
  t.regex(await lab.ok('list'), /^n3 +node +running +full +[\d.]+ s +10\.77\.0\.3$/m);
});

test.serial('what keeps jobs where they are is told by ps --why and by migrate, in a real cluster', async (t) => {
  const asPlump = (script: string) => lab.as('n1', 'plump', script);
  // A member takes guests some moments after it has joined.
  const first = await lab.until(
    () => asPlump('plumpos run --on n2 -- hostname'),
    ({ status }) => status === 0,
    60,
  );
  t.is(first.stdout, 'n1\n', first.stderr);
  const { stdout, stderr: complaints } = await asPlump(JOBS);
  const pids = Object.fromEntries(
    [...stdout.matchAll(/^(\w+) (\d+) status 0$/gm)].map(([, name = '', pid]) => [name, Number(pid)]),
  );
  t.deepEqual(Object.keys(pids), Object.keys(WHY), stdout + complaints);

  // A program needs some moments until it has done what is looked for.
  const explained = async () => JSON.parse((await asPlump('plumpos ps --why --json')).stdout) as Explained[];
  const expected = (pid: number, name: string) => {
    const reason = WHY[name]?.(pid);
    return reason === undefined ? [] : [`cantmove: ${reason}`];
  };
  const wanted = Object.entries(pids).map(([name, pid]) => [name, expected(pid, name)] as const);
  const told = (jobs: readonly Explained[]) =>
    Object.entries(pids).map(([name, pid]) => [name, jobs.find((job) => job.pid === pid)?.why] as const);
  const jobs = await lab.until(explained, (all) => JSON.stringify(told(all)) === JSON.stringify(wanted), 60);
  t.deepEqual(told(jobs), wanted);
  t.deepEqual(
    jobs.map(({ pid, host }) => [pid, host]),
    Object.entries(pids).map(([name, pid]) => [pid, name === 'network' ? 'n1' : 'n2']),
  );
  const members = jobs.find(({ pid }) => pid === pids['free'])?.members;
  t.deepEqual(members?.find(({ name }) => name === 'n1')?.reasons, []);

  const table = (await asPlump('plumpos ps --why')).stdout;
  t.regex(table, new RegExp(`^${pids['free']} +n2 +can move to \\S*\\bn1\\b.* +sh -c`, 'm'));
  t.regex(table, new RegExp(`^${pids['locked']} +n2 +cantmove: locked \\(--nomig, plumpos lock\\) +sh -c`, 'm'));

  for (const [name, pid] of Object.entries(pids)) {
    const reason = WHY[name]?.(pid);
    if (reason === undefined) continue;
    const { status, stderr } = await asPlump(`plumpos migrate ${pid} ${name === 'network' ? 'n2' : 'n1'}`);
    t.deepEqual([status, stderr.includes(`cantmove: ${reason}`)], [1, true], stderr);
  }
  await asPlump(`plumpos kill ${Object.values(pids).join(' ')}`);
});

test.serial('a program in a machine has our input, output and errors, and ends as it ends', async (t) => {
  const bytes = randomBytes(300_000).toString('base64');
  const { status, stdout, stderr } = await lab.run(['exec', 'n1', '--', 'cat'], bytes);
  t.deepEqual([status, stdout.length, stderr], [0, bytes.length, '']);
  t.true(stdout === bytes);
  const words = ['exec', 'head', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'];
  t.deepEqual(await lab.run(words), { status: 7, stdout: 'out\n', stderr: 'err\n' });
  t.is((await lab.run(['exec', 'n1', '--', 'sh', '-c', 'kill -9 $$'])).status, 137);
  t.is((await lab.run(['exec', 'n1', 'no-such-program'])).status, 127);
  const late = await lab.run(['exec', '--timeout', '2', 'n1', '--', 'sleep', '4321']);
  t.is(late.status, 75);
  t.regex(late.stderr, /did not end within 2 s, and was killed \(PLUMP_TIMEOUT\)/);
  t.is(await lab.on('n1', 'sh', '-c', "ps | grep -c '[s]leep 4321' || true"), '0');
  const shell = "stty rows 33 cols 99; ./plumpos lab exec -t head -- su - alice -c 'tty; sleep 1; stty size; id -un'";
  const typed = await execa('script', ['-qefc', shell, '/dev/null'], { cwd: root, env: { PLUMPOS_LAB: lab.folder } });
  t.deepEqual(typed.stdout.trimEnd().split(/\r*\n/), ['/dev/pts/0', '33 99', 'alice']);
});

test.serial('files go in and out with their mode', async (t) => {
  const file = lab.file('some file');
  writeFileSync(file, randomBytes(100_000));
  chmodSync(file, 0o750);
  await lab.ok('copy', file, 'n1:/tmp');
  await lab.ok('copy', 'n1:/tmp/some file', lab.file('back'));
  t.deepEqual(readFileSync(lab.file('back')), readFileSync(file));
  t.is(statSync(lab.file('back')).mode & 0o7777, 0o750);
  const failed = await lab.run(['copy', 'n1:/no/such', lab.file('never')]);
  t.is(failed.status, 1);
  t.regex(failed.stderr, /\/no\/such/);
});

test.serial('wrong words are refused by name, before anything happens', async (t) => {
  const refused: [string[], number, RegExp][] = [
    [['exec', 'n9', '--', 'true'], 2, /there is no 'n9' in the room[\s\S]*there are: head, n1/],
    [['exec', 'n1'], 2, /which program/],
    [['copy', 'a', 'b'], 2, /NAME:PATH/],
    [['cut', 'n1', 'n2', '--carrier'], 2, /takes one name/],
    [['kill'], 2, /which machine/],
    [['add', 'many'], 2, /whole number/],
    [['add', '200'], 2, /at most 99 nodes/],
    [['dance'], 2, /unknown verb 'lab dance'/],
    [['start', 'n1'], 1, /n1 is running already/],
    [['up', '1'], 75, /a lab is running already/],
  ];
  for (const [words, status, text] of refused) {
    const end = await lab.run(words);
    t.is(end.status, status, words.join(' '));
    t.regex(end.stderr, text);
  }
});

test.serial('a member that is cut off is dead for the others, and comes back by itself', async (t) => {
  const before = (await lab.nodes('n1')).find((node) => node.name === 'n3');
  await lab.ok('cut', 'n3');
  const without = [...alive('head', 'n1', 'n2'), 'n3 dead'];
  t.deepEqual(await lab.settle('n1', without), without);
  t.is((await lab.list()).find(({ name }) => name === 'n3')?.fault, 'cut');
  t.is(await lab.on('n3', 'echo', 'still here'), 'still here');
  // Itself it says so at once, not only when no announcement came for long.
  const alone = /NO +members +nobody answers any more/;
  const status = () => lab.on('n3', 'sh', '-c', 'plumpos status || [ $? = 3 ]');
  t.regex(await lab.until(status, (text) => alone.test(text)), alone);
  await lab.ok('mend');
  for (const name of ['n1', 'n3', 'head']) t.deepEqual(await lab.settle(name, alive(...all)), alive(...all), name);
  t.is((await lab.nodes('n1')).find((node) => node.name === 'n3')?.id, before?.id);
});

test.serial(
  'a cable that is out is seen by the card; two that do not hear each other keep each other alive',
  async (t) => {
    await lab.ok('cut', 'n3', '--carrier');
    const carrier = () => lab.on('n3', 'sh', '-c', 'cat /sys/class/net/eth0/carrier || true');
    t.is(await lab.until(carrier, (text) => text === '0'), '0');
    await lab.ok('cut', 'n1', 'n2');
    await lab.ok('mend');
    t.is(await lab.until(carrier, (text) => text === '1'), '1');
    await lab.settle('n1', alive(...all));
    const seen = (await lab.events('head')).at(-1)?.seq;
    await lab.ok('cut', 'n1', 'n2');
    // The others ask on their behalf, so there is nothing to see; this long a direct silence would be a death.
    await lab.on('head', 'sleep', '25');
    t.deepEqual(
      (await lab.events('head', seen)).filter(({ type }) => type === 'member.dead'),
      [],
    );
    await lab.ok('mend');
  },
);

test.serial('with every CPU busy for a minute, the dead are called dead and nobody else', async (t) => {
  const rest = ['head', 'n1', 'n3'];
  const seen = new Map<string, number>();
  for (const name of rest) seen.set(name, (await lab.events(name)).at(-1)?.seq ?? 0);
  const busy = rest.map((name) =>
    lab.on(name, 'timeout', '60', 'sh', '-c', 'while :; do :; done; true').catch(() => ''),
  );
  await lab.ok('kill', 'n2');
  await Promise.all(busy);
  const after = [...alive('head', 'n1'), 'n2 dead', 'n3 alive'];
  for (const name of rest) {
    t.deepEqual(await lab.settle(name, after), after, name);
    const dead = (await lab.events(name, seen.get(name))).filter(({ type }) => type === 'member.dead');
    t.deepEqual(
      dead.map(({ fields }) => fields['name']),
      ['n2'],
      name,
    );
  }
  t.is((await lab.list()).find(({ name }) => name === 'n2')?.state, 'off');
});

test.serial(
  'the power button of a node says goodbye; switched on again, it is a member again, with its settings',
  async (t) => {
    const speed = async () => (await lab.on('n1', 'plumpos', 'ctl', 'getspeed')).trim();
    await lab.on('n1', 'plumpos', 'ctl', 'setspeed', '777');
    // The room keeps it; it need not be the last thing that is done.
    await lab.pause(10_000);
    await lab.ok('off', 'n1');
    t.true((await lab.states('head')).includes('n1 left'));
    await lab.ok('start', 'n1', 'n2');
    for (const name of all)
      t.deepEqual(
        (await lab.states(name)).filter((state) => state.endsWith(' alive')),
        alive(...all),
        name,
      );
    t.is(await lab.until(speed, (said) => said === '777', 60), '777');
  },
);

test.serial('another cluster on the same network is not seen, and sees nobody', async (t) => {
  const append = `plumpos.join=${encodeJoinCode(otherSecret)}`;
  const [n4] = JSON.parse(await lab.ok('add', '1', '--append', append, '--json')) as { name: string }[];
  t.is(n4?.name, 'n4');
  t.deepEqual(await lab.states('n4'), ['n4 alive']);
  t.deepEqual(
    (await lab.states('head')).filter((state) => state.startsWith('n4')),
    [],
  );
});

test.serial('nothing of ours is readable on the wire but DHCP and signed announcements', async (t) => {
  await lab.ok('down');
  t.deepEqual(lab.leftovers(), []);
  const secret = decodeJoinCode(readFileSync(path.join(root, 'cluster.key'), 'utf8').trim());
  const keys = [secret, otherSecret].map((one) => deriveKey(one, 'plumpos ssdp v1'));
  const kinds = new Map<string, number>();
  for (const frame of framesOf(capture)) {
    const kind = kindOf(frame, keys);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  for (const kind of ['ARP', 'ICMP', 'ICMPv6', 'IGMP', 'DHCP', 'signed SSDP', 'WireGuard']) {
    t.log(`${kind}: ${kinds.get(kind) ?? 0} frames`);
    kinds.delete(kind);
  }
  t.deepEqual([...kinds], []);
});
