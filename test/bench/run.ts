import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { openTools } from '#builder/host/open-tools.ts';
import { parseOptions } from '#runtime/base/options.ts';
import { HeadsRoom } from './heads-room.ts';
import { residentMemory } from './run/resident-memory.ts';

/** `plumpos bench run`: starting a program elsewhere, beside ssh and GNU parallel, in one room. It asserts nothing. */

const OPTIONS = {
  count: { type: 'integer', min: 1, default: 24, help: 'starts of each way' },
} as const;

for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(130));

/** What test/fixtures/bench/starts.py prints. */
interface Starts {
  readonly local: Took;
  readonly ssh: Took;
  readonly run: Took;
  readonly runRate: number;
  readonly parallelRate: number;
}

interface Took {
  readonly least: number;
  readonly median: number;
}

const { values } = parseOptions(OPTIONS, process.argv.slice(2), { env: {}, config: {} });
const tools = await openTools('parallel', { env: process.env, notice: (text) => console.error(text) });

await using room = await HeadsRoom.open(2);
const [host] = room.hosts as [(typeof room.hosts)[0]];
await room.lay(room.home, ['starts.py']);
await room.write(room.home.name, 'bench/parallel', readFileSync(tools.path('usr/bin/parallel')));
await letIn();
const script = `cd bench && python3 starts.py ${host?.address} ${host?.name} ${values.count}`;
const starts = JSON.parse(await room.as(room.home.name, script)) as Starts;
console.error(JSON.stringify(starts));

console.log('| measured | value | aim |\n|---|---|---|');
row('host', `${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, QEMU with TCG`);
for (const [what, took] of [
  ['`true`, here', starts.local],
  ['`ssh HOST true` over a held connection', starts.ssh],
  ['`plumpos run --on HOST true`', starts.run],
] as const)
  row(what, `${(took.least * 1000).toFixed(0)} ms (median ${(took.median * 1000).toFixed(0)})`);
row('run ÷ ssh', (starts.run.least / starts.ssh.least).toFixed(2), '≤ 1');
row('run ÷ here', (starts.run.least / starts.local.least).toFixed(1));
row('starts in a second, 8 at a time: `plumpos run`', starts.runRate.toFixed(2));
row('the same: `parallel --sshlogin`', starts.parallelRate.toFixed(2));
row('run ÷ parallel', (starts.runRate / starts.parallelRate).toFixed(2), '≥ 3');
for (const [name, bytes] of Object.entries(await residentMemory(room)))
  row(`resident memory: ${name}`, `${(bytes / 1e6).toFixed(2)} MB`, '≤ 1 MB');

/** alice of the home may log in as alice of the host. */
async function letIn(): Promise<void> {
  const { home } = room;
  await room.as(
    home.name,
    'mkdir -p -m 700 .ssh; [ -e .ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519',
  );
  const key = await room.as(home.name, 'cat .ssh/id_ed25519.pub');
  await room.as(host.name, 'mkdir -p -m 700 .ssh');
  await room.write(host.name, '.ssh/authorized_keys', Buffer.from(key));
  await room.as(home.name, `ssh-keyscan ${host.address} >.ssh/known_hosts`);
}

function row(what: string, value: string, aim = ''): void {
  console.log(`| ${what} | ${value} | ${aim} |`);
}
