import { readFileSync } from 'node:fs';
import { openTools } from '#builder/host/open-tools.ts';
import type { Head } from '../heads-room.ts';
import { HeadsRoom } from '../heads-room.ts';
import { hostText } from '../host-text.ts';

/** Together less than two CPUs of the host: each head gets its share. */
const SPEEDS: Readonly<Record<string, number>> = { head: 0.6, head2: 0.4, head3: 0.3, head4: 0.2 };
const HEAD_MB = 1024;
const JOBS = 24;
/** A loop takes so long at home, by a first trial (s). */
const LOOP_S = 20;
const TRIAL_ROUNDS = 500_000;

/**
 * How long 24 equal jobs take on four PCs of unequal speed, started at once on one of them, as a multiple of the ideal; beside
 * GNU parallel with one slot for each of the same PCs. Prints a table.
 */
export async function makespan(): Promise<void> {
  const tools = await openTools('parallel', { env: process.env, notice: (text) => console.error(text) });
  const up = Object.entries(SPEEDS).flatMap(([name, speed]) => ['--speed', `${name}=${speed}`]);
  await using room = await HeadsRoom.open(Object.keys(SPEEDS).length, { hostMB: HEAD_MB, balanced: true, up });
  const heads = [room.home, ...room.hosts];
  for (const head of heads) await room.lay(head, ['makespan.py']);
  await room.write(room.home.name, 'bench/parallel', readFileSync(tools.path('usr/bin/parallel')));
  await room.letIn();

  const measured = async ({ name }: Head, part: string, rounds: number): Promise<number> => {
    const addresses = room.hosts.map(({ address }) => address).join(' ');
    const text = await room.as(name, `python3 bench/makespan.py ${part} ${rounds} ${JOBS} ${addresses}`);
    return JSON.parse(text) as number;
  };
  const onAll = (part: string, rounds: number) => Promise.all(heads.map((head) => measured(head, part, rounds)));

  await onAll('lay', TRIAL_ROUNDS);
  const [trial = 1] = await onAll('alone', TRIAL_ROUNDS);
  const rounds = Math.round((TRIAL_ROUNDS / trial) * LOOP_S);
  await onAll('lay', rounds);
  // All at once: then the host has as much to do as in what is compared.
  const alone = await onAll('alone', rounds);
  const ideal = JOBS / alone.reduce((sum, seconds) => sum + 1 / seconds, 0);

  console.log('| measured | value | aim |\n|---|---|---|');
  row('host', hostText());
  for (const [k, { name }] of heads.entries())
    row(`one loop on ${name} (\`--speed ${SPEEDS[name]}\`), all four at once`, `${alone[k]?.toFixed(1)} s`);
  row(`ideal for ${JOBS} of them`, `${ideal.toFixed(1)} s`);
  const ours = await measured(room.home, 'jobs', rounds);
  row('`plumpos run`, all at once', `${ours.toFixed(1)} s`);
  row('share of the ideal', percent(ideal / ours), '≥ 95 %');
  const theirs = await measured(room.home, 'parallel', rounds);
  row('`parallel --sshlogin`, a slot on each', `${theirs.toFixed(1)} s`);
  row('its share of the ideal', percent(ideal / theirs));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function row(what: string, value: string, aim = ''): void {
  console.log(`| ${what} | ${value} | ${aim} |`);
}
