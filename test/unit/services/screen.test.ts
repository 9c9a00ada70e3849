import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { NodeView } from '#runtime/model/member.ts';
import type { Status } from '#runtime/model/status.ts';
import { Screen, screenText } from '#runtime/services/screen.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

test('ages on a node’s screen go on although nothing happens', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-screen-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const clock = new VirtualClock();
  const file = path.join(folder, 'screen');
  using _screen = new Screen(file, clock, () => `silent ${Math.floor(clock.now() / 1000)} s\n`);
  clock.pass(1000);
  const first = readFileSync(file, 'utf8');
  clock.pass(40_000);
  t.not(readFileSync(file, 'utf8'), first);
});

const STATUS = {
  phase: 'joined',
  name: 'n1',
  number: 0x20f,
  role: 'single',
  image: 'abc',
  version: '7.0.0',
  kernel: '6.1',
  hasSecret: true,
  nics: [],
  checks: [],
  members: 2,
} as unknown as Status;
const member = (number: number, more: Partial<NodeView>) =>
  ({
    name: `n${number}`,
    number,
    state: 'alive',
    self: false,
    cpus: 1,
    memoryMB: 512,
    silentMs: 0,
    ...more,
  }) as NodeView;

test('a node’s screen shows below its name, address and role how busy the members are', (t) => {
  const nodes = [
    member(1, { self: true, load: 203 }),
    member(2, { load: 98 }),
    member(3, { state: 'dead', silentMs: 9000 }),
    member(4, { state: 'left' }),
  ];
  t.is(
    screenText(STATUS, nodes),
    `PlumpOS 7.0.0   image abc   kernel 6.1

  name      n1   number 0x020f
  address   no network card found
  role      single
  state     joined: in the cluster
  members   2: n1 n2

  load      100: one job per standard CPU
  n1 *  ################################################################## 200
  n2    #################################                                  100
  n3    dead, silent 9 s
`,
  );
});

test('small changes of load are not drawn on a node’s screen, and many members take no more than its lines', (t) => {
  const all = (load: number) => Array.from({ length: 40 }, (_, i) => member(i + 1, { load }));
  t.is(screenText(STATUS, all(98)), screenText(STATUS, all(103)));
  const lines = screenText(STATUS, all(98)).trimEnd().split('\n');
  t.is(lines.length, 20);
  t.is(lines.at(-1), '  (30 more)');
  t.true(lines.every((line) => line.length <= 78));
});

test('where no load is known a node’s screen has nothing of it', (t) => {
  t.notRegex(screenText(STATUS, [member(1, { self: true })]), /load/);
});
