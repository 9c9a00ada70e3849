import test from 'ava';
import type { Trial } from '../../helpers/faulty-move/trial.ts';
import { judge, type Outcome } from '../../helpers/faulty-move/verdict.ts';

const whole: Outcome = {
  status: 7,
  stderr: '',
  printed: [1, 2, 3],
  written: [1, 2, 3],
  ranOn: true,
  late: 0,
  moved: true,
  leftOver: [],
};
const gone: Outcome = {
  ...whole,
  status: 125,
  stderr: 'plumpos run: its host n1 was rebooted\n',
  printed: [1],
  ranOn: false,
};

function wrong(fate: Trial['fate'], outcome: Outcome, stays?: true): string[] {
  const trial = stays === undefined ? { fate } : { fate, stays };
  return judge(trial, outcome).map(({ kind, text }) => `${kind}: ${text}`);
}

test('a job that ended as if nothing had happened is right, where it need not be gone', (t) => {
  t.deepEqual(wrong('whole', whole), []);
  t.deepEqual(wrong({ mayBeLost: 'n1' }, whole), []);
  t.deepEqual(wrong({ lost: 'n1' }, whole), ['lost: it ended with 7: ']);
});

test('a job may be gone with the host that is named, and with no other', (t) => {
  t.deepEqual(wrong({ mayBeLost: 'n1' }, gone), []);
  t.deepEqual(wrong({ lost: 'n1' }, gone), []);
  t.deepEqual(wrong({ lost: 'n2' }, gone), ['lost: it ended with 125: plumpos run: its host n1 was rebooted']);
  t.deepEqual(wrong('whole', gone), ['lost: it ended with 125: plumpos run: its host n1 was rebooted']);
  t.deepEqual(wrong({ lost: 'n1' }, { ...gone, stderr: 'host n12' }), ['lost: it ended with 125: host n12']);
});

test('a number that comes twice, or after the end, was counted by another copy', (t) => {
  t.deepEqual(wrong('whole', { ...whole, written: [1, 2, 2, 3], printed: [1, 2, 3, 3] }), [
    'doubled: it printed 3 twice',
    'doubled: it wrote 2 twice',
  ]);
  t.deepEqual(wrong({ lost: 'n1' }, { ...gone, late: 4 }), ['doubled: 4 numbers came to its file after its end']);
});

test('a number that is missing, at one place or both, and a job that stands still are lost', (t) => {
  t.deepEqual(wrong('whole', { ...whole, printed: [1, 3, 4] }), ['lost: it printed 3 instead of 2']);
  t.deepEqual(wrong('whole', { ...whole, printed: [1, 2] }), ['lost: it printed 2 and wrote 3 numbers']);
  t.deepEqual(wrong('whole', { ...whole, ranOn: false }), ['lost: it did not run on']);
  t.deepEqual(wrong({ lost: 'n1' }, { ...gone, written: [2] }), ['lost: it wrote 2 instead of 1']);
});

test('whatever becomes of the job nothing is left over, not even when its home is gone', (t) => {
  const leftOver = ['guest 0123abcd-2 on n1'];
  for (const fate of ['whole', 'ends with home'] as const)
    t.deepEqual(wrong(fate, { ...whole, leftOver }), ['left over: guest 0123abcd-2 on n1']);
  t.deepEqual(wrong('ends with home', { ...gone, status: undefined, stderr: '' }), []);
});

test('a move that must be refused may not succeed', (t) => {
  t.deepEqual(wrong('whole', whole, true), ['moved: it was moved, where it must not be']);
  t.deepEqual(wrong('whole', { ...whole, moved: false }, true), []);
});
