import test from 'ava';
import { type MonView, monPicture } from '#runtime/commands/mon-picture.ts';
import { afterKey } from '#runtime/commands/mon-keys.ts';
import type { NodeView } from '#runtime/model/member.ts';

const node = (name: string, number: number, more: Partial<NodeView> = {}) =>
  ({ name, number, state: 'alive', self: false, cpus: 1, memoryMB: 512, silentMs: 0, ...more }) as NodeView;

const NODES = [
  node('head', 0x20f, { self: true, load: 205, speed: 10_000, cpus: 4, memoryMB: 2048, freeMB: 1536, utilisation: 51 }),
  node('n2', 0x211, { load: 100, speed: 5000, freeMB: 128, utilisation: 100 }),
  node('n1', 0x210, { load: 0, speed: 2500, freeMB: 512, utilisation: 0 }),
  node('n3', 0x212, { state: 'dead', silentMs: 200_000 }),
  node('n4', 0x213),
];
const MOVES = [1, 2, 3, 4].map((pid) => `12:00:0${pid}  job ${pid} moved from head to n1 for load`);
const VIEW: MonView = { kind: 'load', dead: true, totals: false, from: 0 };
const draw = (columns: number, rows: number, view: Partial<MonView> = {}, moves = MOVES) =>
  monPicture({ nodes: NODES, moves }, { ...VIEW, ...view }, { columns, rows });

test('a bar a member by its number, the dead with how long they are silent, moves and keys at the bottom', (t) => {
  t.deepEqual(draw(70, 13), [
    'Load (100: one job per standard CPU)                 4 members, 1 dead',
    'head *  ########################################################## 205',
    'n1                                                                   0',
    'n2      ############################                               100',
    'n3      dead, silent 3 min',
    'n4      not known yet',
    '',
    '',
    '12:00:01  job 1 moved from head to n1 for load',
    '12:00:02  job 2 moved from head to n1 for load',
    '12:00:03  job 3 moved from head to n1 for load',
    '12:00:04  job 4 moved from head to n1 for load',
    'l load  s speed  m memory  u utilisation  d dead  t totals  q quit',
  ]);
});

test('memory shows what is used and what is free, speed the number of CPUs, utilisation percents', (t) => {
  t.deepEqual(draw(40, 6, { kind: 'memory', dead: false }), [
    'Memory used (#) and free (+), MB',
    'head *  ######+++++++++++++++++ 512/2048',
    'n1      ++++++                     0/512',
    'n2      ####++                   384/512',
    'n4      not known yet',
    'l load  s speed  m memory  u utilisation',
  ]);
  t.deepEqual(draw(40, 5, { kind: 'speed', dead: false }).slice(1, 4), [
    'head *  ####################### 10000 x4',
    'n1      ######                      2500',
    '(2 more)',
  ]);
  t.deepEqual(draw(40, 8, { kind: 'utilisation' }).slice(1, 4), [
    'head *  #############               51 %',
    'n1                                   0 %',
    'n2      ########################## 100 %',
  ]);
});

test('totals weigh each member by what its CPUs are worth', (t) => {
  t.is(draw(80, 9, { totals: true })[6], 'all: 4 up, 7 CPUs, worth 4.8, load 183, 2176 of 3584 MB free');
});

test('in a window that is too small there is less of it, and no line too long', (t) => {
  t.deepEqual(draw(20, 3), ['Load (100: one job p', 'head *  ######## 205', '(4 more)']);
  t.deepEqual(draw(9, 4, { from: 1 }), ['Load (100', 'n1  0', '(4 more)', 'l load  s']);
  t.deepEqual(draw(4, 1), ['Load']);
  t.deepEqual(draw(1, 2), ['L', '(']);
  t.deepEqual(draw(0, 0), []);
  for (let columns = 0; columns < 90; columns += 3)
    for (let rows = 0; rows < 30; rows += 2)
      for (const kind of ['load', 'memory'] as const) {
        const lines = draw(columns, rows, { kind, totals: true });
        t.is(lines.length, rows);
        t.true(
          lines.every((line) => line.length <= columns),
          `${columns}x${rows}`,
        );
      }
});

test('three moves are shown even where members need the room, and without end all there is to say', (t) => {
  t.deepEqual(draw(40, 10).slice(1), [
    'head *  ############################ 205',
    'n1                                     0',
    'n2      ##############               100',
    '(2 more)',
    '',
    ...MOVES.slice(-3).map((line) => line.slice(0, 40)),
    'l load  s speed  m memory  u utilisation',
  ]);
  const endless = draw(60, Number.POSITIVE_INFINITY);
  t.is(endless.length, 1 + NODES.length + 1 + MOVES.length);
  t.is(draw(60, Number.POSITIVE_INFINITY, {}, []).length, 1 + NODES.length);
});

test('nothing that a member calls itself moves the cursor', (t) => {
  const evil = [node('a\u001b[2Jb', 1, { load: 1 })];
  const lines = monPicture({ nodes: evil, moves: ['\u0007'] }, VIEW, { columns: 60, rows: 12 });
  t.notRegex(lines.join(''), /\p{Cc}/u);
});

test('the keys of mosmon', (t) => {
  t.like(afterKey(VIEW, 'm', 5), { kind: 'memory' });
  t.like(afterKey(VIEW, 'u', 5), { kind: 'utilisation' });
  t.like(afterKey({ ...VIEW, kind: 'speed' }, 'l', 5), { kind: 'load' });
  t.like(afterKey(VIEW, 's', 5), { kind: 'speed' });
  t.like(afterKey(VIEW, 'd', 5), { dead: false });
  t.like(afterKey(VIEW, 't', 5), { totals: true });
  t.like(afterKey(VIEW, 'down', 5), { from: 1 });
  t.like(afterKey({ ...VIEW, from: 4 }, 'down', 5), { from: 4 });
  t.like(afterKey(VIEW, 'up', 5), { from: 0 });
  t.deepEqual(afterKey(VIEW, 'x', 5), VIEW);
  for (const key of ['q', 'Q', '\u0003']) t.is(afterKey(VIEW, key, 5), 'quit');
});
