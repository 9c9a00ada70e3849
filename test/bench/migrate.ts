import type { MoveReport } from '#runtime/model/job.ts';
import { HeadsRoom } from './heads-room.ts';
import { hostText } from './host-text.ts';
import { type HandMove, handMove } from './migrate/hand-move.ts';
import { layPodman } from './migrate/podman.ts';
import { benchValues } from './bench-values.ts';

/** `plumpos bench migrate`: our moves beside CRIU's own by hand and podman's, in one room, as a table for docs/benchmarks.md. It asserts nothing. */

const OPTIONS = {
  runs: { type: 'integer', min: 1, default: 3, help: 'moves of each size: of each figure the least counts' },
  megabytes: { type: 'list', help: 'sizes (1, 16, 64, 256)' },
} as const;

/** One move, and how long nothing came from the job. */
type Move = MoveReport & { readonly seenMs: number };

const values = await benchValues({
  name: 'migrate',
  summary: 'moves of programs of several sizes, beside bare CRIU, a raw copy and podman',
  options: OPTIONS,
});
const sizes = values.megabytes.length > 0 ? values.megabytes.map(Number) : [1, 16, 64, 256];

await using room = await HeadsRoom.open(3);
for (const head of [room.home, ...room.hosts]) {
  await room.lay(head, ['resident.c', 'moves.py', 'bare.py', 'podman.py']);
  await room.as(head.name, 'cd bench && gcc -O1 -static -o resident resident.c');
}
await layPodman(room);
console.log(`host: ${hostText()}\n`);
const COLUMNS = [
  'resident',
  'silence',
  'frozen, by CRIU',
  'whole move',
  'bare dump',
  'copy',
  'restore',
  'silence ÷ (dump + restore)',
  'silence ÷ copy',
  'whole ÷ (dump + copy + restore)',
  'podman checkpoint + copy + restore',
  'podman ÷ silence',
];
console.log(`| ${COLUMNS.join(' | ')} |\n|${'---|'.repeat(COLUMNS.length)}`);
for (const megabytes of sizes) await measure(megabytes);

async function measure(megabytes: number): Promise<void> {
  const [from, to] = room.hosts.map(({ name }) => name);
  const text = await room.as(room.home.name, `cd bench && python3 moves.py ${megabytes} ${from} ${to} ${values.runs}`);
  const moves = JSON.parse(text) as Move[];
  const bare: HandMove[] = [];
  const podman: HandMove[] = [];
  for (let i = 0; i < values.runs; i++) {
    bare.push(await handMove(room, 'bare.py', megabytes));
    podman.push(await handMove(room, 'podman.py', megabytes));
  }
  console.error(JSON.stringify({ megabytes, moves, bare, podman }));
  const least = <T>(list: readonly T[], of: (one: T) => number) => Math.min(...list.map(of));
  const seen = least(moves, (move) => move.seenMs) / 1000;
  const whole = least(moves, (move) => move.totalMs) / 1000;
  const [dump, copy, restore] = [
    least(bare, (one) => one.dump),
    least(bare, (one) => one.copy),
    least(bare, (one) => one.restore),
  ];
  const byPodman = least(podman, (one) => one.dump + one.copy + one.restore);
  const cells = [
    `${megabytes} MB`,
    ...[seen, least(moves, (move) => move.frozenMs) / 1000, whole, dump, copy, restore].map((s) => `${s.toFixed(2)} s`),
    (seen / (dump + restore)).toFixed(1),
    (seen / copy).toFixed(1),
    (whole / (dump + copy + restore)).toFixed(1),
    `${byPodman.toFixed(2)} s`,
    (byPodman / seen).toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
