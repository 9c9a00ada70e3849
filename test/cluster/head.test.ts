import path from 'node:path';
import test from 'ava';
import { finalFolder } from '../helpers/boots.ts';
import { LabUnderTest } from '../helpers/lab.ts';
import { differences, PC_STATE } from '../helpers/pc-state.ts';

const root = path.resolve(import.meta.dirname, '../..');
const lab = new LabUnderTest();
const alice = (command: string) => lab.on('head', 'su', '-', 'alice', '-c', command);
const addresses = (host: number) => [0, 1, 2].map((segment) => `10.77.${segment}.${host}`);

/** What bash offers for `plumpos nodes `; an emulated PC takes longer to answer than somebody would wait for it. */
const COMPLETE_NODES = [
  'source /usr/local/share/bash-completion/completions/plumpos',
  'timeout() { shift; "$@"; }',
  'COMP_WORDS=(plumpos nodes "") COMP_CWORD=2',
  '_plumpos plumpos',
  'printf "%s\\n" "${COMPREPLY[@]}" | sort',
].join('; ');

test.before(async () => {
  await lab.up('1', '--head', '--no-join', '--nics', '3', '--cpus', 'head=2');
});

test.after.always(() => lab[Symbol.asyncDispose]());

test.serial('with three cards a node has three leases', async (t) => {
  // Exit status 3: nobody else is there yet, and it says so.
  const { stdout } = await lab.run(['exec', 'n1', '--', 'plumpos', 'status', '--json']);
  const status = JSON.parse(stdout) as { nics: Record<string, unknown>[] };
  const leases = status.nics.map(({ name, state, address, engine }) => ({ name, state, address, engine }));
  const wanted = addresses(1).map((address, k) => ({ name: `eth${k}`, state: 'BOUND', address, engine: 'plumpos' }));
  t.deepEqual(leases, wanted);
});

test.serial('a PC joins and leaves; nothing on it is different afterwards', async (t) => {
  // Its owner's things are there, and sudo has made its own folders.
  await lab.ok('copy', path.join(finalFolder, 'head.tar.zst'), 'head:/home/alice');
  await lab.ok('copy', path.join(root, 'cluster.key'), 'head:/home/alice');
  await alice('zstd -dc head.tar.zst | tar -x && sudo true');
  const before = await lab.on('head', 'sh', '-c', PC_STATE);

  t.regex(await alice('umask 077; sudo plumpos/bin/plumpos join --wait 300'), /^joined as head/m);
  const bothAlive = (states: readonly string[]) => states.join() === 'head alive,n1 alive';
  for (const name of ['head', 'n1']) {
    t.true(bothAlive(await lab.until(() => lab.states(name), bothAlive)), name);
    const seen = (await lab.nodes(name)).map((node) => [...node.addresses].toSorted());
    t.deepEqual(seen, [addresses(201), addresses(1)], `${name}: each once, with all its addresses`);
  }
  t.regex(await alice('plumpos nodes && showmap'), /head \*[\s\S]*0x00c9/);
  const joined = differences(before, await lab.on('head', 'sh', '-c', PC_STATE));
  t.true(joined.some((line) => line.startsWith('+ /usr/lib/plumpos ')));

  t.true(joined.some((line) => line.startsWith('+ /usr/local/share/man/man1/plumpos.1 l')));
  t.is(await alice(`bash -c '${COMPLETE_NODES}'`), 'head\nn1');

  await alice('sudo plumpos leave');
  t.true((await lab.states('n1')).includes('head left'));
  t.deepEqual(differences(before, await lab.on('head', 'sh', '-c', PC_STATE)), []);
});
