import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { finalFolder } from '../helpers/boots.ts';
import { LabUnderTest } from '../helpers/lab.ts';

const iso = path.join(finalFolder, 'plumpos.iso');

/** What is left of a room, at once or after much too long. */
async function leftAtLast(lab: LabUnderTest): Promise<readonly string[]> {
  return lab.until(
    async () => lab.leftovers(),
    (left) => left.length === 0,
    120,
  );
}

/** The process that holds a room: the parent of its virtual machines. */
function keeperOf(lab: LabUnderTest): number {
  const [pid = ''] = (lab.leftovers().find((line) => line.includes('-name plumpos-room')) ?? '').split(' ');
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('without a lab every verb says that there is none', async (t) => {
  await using lab = new LabUnderTest();
  for (const words of [['list'], ['down'], ['exec', 'n1', '--', 'true'], ['kill', 'n1'], ['console', 'n1'], ['add']]) {
    const { status, stdout, stderr } = await lab.run(words);
    t.deepEqual([status, stdout], [69, ''], words.join(' '));
    t.regex(stderr, /no lab is running[\s\S]*plumpos lab up/);
  }
});

test('what cannot be is refused before anything starts', async (t) => {
  await using lab = new LabUnderTest();
  const refused: [string[], number, RegExp][] = [
    [[], 2, /how many nodes/],
    [['100'], 2, /at most 99 nodes/],
    [['1', '--medium', 'cd', '--kernel', 'other'], 2, /cannot be chosen at the menu/],
    [['1', '--firmware', 'secureboot'], 2, /signed loaders only/],
    [['1', '--memory', 'n1=much'], 2, /'much' is no value/],
    [['1', '--speed', '2'], 2, /'2' is no value/],
    [['1', '--iso', '/etc/passwd'], 78, /not an image of PlumpOS/],
    [['1', '--iso', '/no/such.iso'], 78, /there is no image/],
    [['1', '--kernel', 'NONE', '--iso', iso], 78, /no kernel called 'NONE'/],
  ];
  for (const [words, status, text] of refused) {
    const end = await lab.run(['up', ...words]);
    t.is(end.status, status, words.join(' '));
    t.regex(end.stderr, text);
  }
  t.deepEqual(await leftAtLast(lab), []);
});

test('Ctrl-C while a room starts, or a lost terminal, leaves nothing behind', async (t) => {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGKILL', undefined],
  ] as const) {
    await using lab = new LabUnderTest();
    const up = lab.start(['up', '1', '--iso', iso]);
    await lab.until(
      async () => lab.leftovers().some((line) => line.includes('-name n1')),
      (started) => started,
    );
    up.kill(signal);
    const end = await up;
    t.is(end.exitCode, status);
    if (signal === 'SIGINT') t.deepEqual(lab.leftovers(), [], 'when it has ended, all has');
    t.deepEqual(await leftAtLast(lab), []);
  }
});

test('when the process that holds a room crashes, all of the room is gone', async (t) => {
  await using lab = new LabUnderTest();
  await lab.up('0');
  t.true(existsSync(path.join(lab.folder, 'control')));
  process.kill(keeperOf(lab), 'SIGKILL');
  t.deepEqual(await leftAtLast(lab), []);
  t.is((await lab.run(['list'])).status, 69);
});

test('a room ends by itself when its time is over', async (t) => {
  await using lab = new LabUnderTest();
  await lab.run(['up', '0', '--life', '0.5', '--iso', iso]);
  t.deepEqual(await leftAtLast(lab), []);
});
