import test from 'ava';
import { type Action, actions, destination, jobsOf } from '../../soak/migrate/plan.ts';

const stage = { home: 'head', nodes: ['n1', 'n2'], slots: 5 };

function first(count: number, seed: number): Action[] {
  return actions(stage, seed).take(count).toArray();
}

test('the same seed makes the same choices, another one others', (t) => {
  t.deepEqual(first(200, 7), first(200, 7));
  t.notDeepEqual(first(200, 7), first(200, 8));
  t.deepEqual(jobsOf(2, 7).take(50).toArray(), jobsOf(2, 7).take(50).toArray());
  t.notDeepEqual(
    jobsOf(2, 7)
      .take(50)
      .toArray()
      .map(({ kind }) => kind),
    jobsOf(3, 7)
      .take(50)
      .toArray()
      .map(({ kind }) => kind),
  );
});

test('most of what is done are moves, of all jobs to all members; the power of home is never cut', (t) => {
  const all = first(5000, 1);
  const moves = all.filter((action) => action.kind === 'move');
  t.true(moves.length > 3500 && moves.length < 4500, `${moves.length} moves`);
  t.deepEqual([...new Set(moves.map(({ to }) => to))].toSorted(), ['head', 'n1', 'n2']);
  t.deepEqual(
    [...new Set(moves.map(({ slot }) => slot))].toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4],
  );
  const members = (kind: 'agent' | 'cut' | 'power') =>
    [
      ...new Set(
        all.filter((action) => action.kind === kind).map((action) => ('member' in action ? action.member : '')),
      ),
    ].toSorted();
  t.deepEqual(members('agent'), ['head', 'n1', 'n2']);
  t.deepEqual(members('power'), ['n1', 'n2']);
  t.deepEqual(members('cut'), ['n1', 'n2']);
  t.deepEqual([...new Set(all.filter((action) => action.kind === 'cut').map(({ other }) => `${other}`))].toSorted(), [
    'head',
    'n1',
    'n2',
    'undefined',
  ]);
  t.false(all.some((action) => action.kind === 'cut' && action.member === action.other));
});

test('every job has a name of its own, and all kinds come', (t) => {
  const jobs = [0, 1, 2].flatMap((slot) => jobsOf(slot, 3).take(60).toArray());
  t.is(new Set(jobs.map(({ id }) => id)).size, jobs.length);
  t.is(new Set(jobs.map(({ kind }) => kind)).size, 8);
});

test('a job that is already where it was to go goes to the next member', (t) => {
  t.is(destination(stage, 'n2', 'n1'), 'n2');
  t.is(destination(stage, 'n1', 'n1'), 'n2');
  t.is(destination(stage, 'n2', 'n2'), 'head');
});
