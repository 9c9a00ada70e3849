import test from 'ava';
import { LabUnderTest } from '../helpers/lab.ts';

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
  locked: () => 'locked (--nomig)',
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

test('what keeps jobs where they are is told by ps --why and by migrate, in a real cluster', async (t) => {
  await using lab = new LabUnderTest();
  await lab.up('2');
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
  t.deepEqual(jobs.find(({ pid }) => pid === pids['free'])?.members, [{ name: 'n1', reasons: [] }]);

  const table = (await asPlump('plumpos ps --why')).stdout;
  t.regex(table, new RegExp(`^${pids['free']} +n2 +can move to n1 +sh -c`, 'm'));
  t.regex(table, new RegExp(`^${pids['locked']} +n2 +cantmove: locked \\(--nomig\\) +sh -c`, 'm'));

  for (const [name, pid] of Object.entries(pids)) {
    const reason = WHY[name]?.(pid);
    if (reason === undefined) continue;
    const { status, stderr } = await asPlump(`plumpos migrate ${pid} ${name === 'network' ? 'n2' : 'n1'}`);
    t.deepEqual([status, stderr.includes(`cantmove: ${reason}`)], [1, true], stderr);
  }
});
