import { readFileSync } from 'node:fs';
import { openTools } from '#builder/host/open-tools.ts';
import { HeadsRoom } from './heads-room.ts';
import { hostText } from './host-text.ts';
import { residentMemory } from './run/resident-memory.ts';
import { benchValues } from './bench-values.ts';

/** `plumpos bench run`: starting a program elsewhere, beside ssh and GNU parallel, in one room. It asserts nothing. */

const OPTIONS = {
  count: { type: 'integer', min: 1, default: 24, help: 'starts of each way' },
} as const;

/** Seconds. */
interface Took {
  readonly least: number;
  readonly median: number;
}

const values = await benchValues({
  name: 'run',
  summary: 'starting a program elsewhere, beside ssh and GNU parallel',
  options: OPTIONS,
});
const tools = await openTools('parallel', { env: process.env, notice: (text) => console.error(text) });

await using room = await HeadsRoom.open(2);
const [host] = room.hosts as [(typeof room.hosts)[0]];
await room.lay(room.home, ['starts.py']);
await room.write(room.home.name, 'bench/parallel', readFileSync(tools.path('usr/bin/parallel')));
await room.letIn();

console.log('| measured | value | aim |\n|---|---|---|');
row('host', hostText());
for (const [name, bytes] of Object.entries(await residentMemory(room)))
  row(`resident memory: ${name}`, `${(bytes / 1e6).toFixed(2)} MB`, '≤ 1 MB');
const local = await took('`true`, here', 'local');
const ssh = await took('`ssh HOST true` over a held connection', 'ssh');
const run = await took('`plumpos run --on HOST true`', 'run');
row('run ÷ ssh', (run.median / ssh.median).toFixed(2), '≤ 1');
row('run ÷ here', (run.median / local.median).toFixed(1));
const runRate = await rate('starts in a second, 8 at a time: `plumpos run`', 'runRate');
const parallelRate = await rate('the same: `parallel --sshlogin`', 'parallelRate');
row('run ÷ parallel', (runRate / parallelRate).toFixed(2), '≥ 3');

async function took(what: string, part: string): Promise<Took> {
  const one = (await measured(part)) as Took;
  row(what, `${(one.median * 1000).toFixed(0)} ms (least ${(one.least * 1000).toFixed(0)})`);
  return one;
}

async function rate(what: string, part: string): Promise<number> {
  const value = (await measured(part)) as number;
  row(what, value.toFixed(2));
  return value;
}

/** What test/fixtures/bench/starts.py prints. */
async function measured(part: string): Promise<unknown> {
  const script = `cd bench && python3 starts.py ${host.address} ${host.name} ${values.count} ${part}`;
  return JSON.parse(await room.as(room.home.name, script)) as unknown;
}

function row(what: string, value: string, aim = ''): void {
  console.log(`| ${what} | ${value} | ${aim} |`);
}
