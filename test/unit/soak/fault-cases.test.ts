import test from 'ava';
import { ownBlow } from '../../helpers/faulty-move/trial.ts';
import { allCases, type Case, shuffled } from '../../soak/faults/cases.ts';

const cases = allCases();
const named = (name: string): Case => {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no case '${name}'`);
  return found;
};

test('every case has a name of its own, by which it can be run again', (t) => {
  t.is(new Set(cases.map(({ name }) => name)).size, cases.length);
});

test('at every message of a move each member is killed, loses its power, and is cut off from each other, before it and at its answer', (t) => {
  const steps = [
    'reserve',
    'quiet',
    'dump',
    'receiveMemory',
    'send',
    'receive',
    'restore',
    'unlock',
    'prepared',
    'discard',
    'go',
  ];
  const phases = [...steps.map((step) => `host.${step}`), 'abort host.discard', 'abort host.resume'];
  const faults = [
    ...['head', 'n1', 'n2'].flatMap((machine) => [`agent ${machine}`, `power ${machine}`]),
    ...['n1-n2', 'head-n1', 'head-n2'].map((pair) => `cut ${pair} 20 s`),
  ];
  for (const phase of phases)
    for (const fault of faults)
      for (const moment of ['', '.done']) t.truthy(named(`${phase}${moment}: ${fault}`), `${phase} ${fault}`);
});

test('a job may be gone only with the machine that holds it, before and after the decision, or with its home', (t) => {
  const fate = (name: string) => named(name).fate;
  t.deepEqual(fate('host.prepared.done: power n1'), { mayBeLost: 'n1' });
  t.is(fate('host.prepared.done: power n2'), 'whole');
  t.is(fate('host.discard: power n1'), 'whole');
  t.deepEqual(fate('host.discard: power n2'), { mayBeLost: 'n2' });
  t.deepEqual(fate('host.go.done: power n2'), { mayBeLost: 'n2' });
  t.is(fate('abort host.discard: power n2'), 'whole');
  t.deepEqual(fate('abort host.resume: power n1'), { mayBeLost: 'n1' });
  t.is(fate('host.dump: power head'), 'ends with home');
  t.is(fate('away: reboot head'), 'ends with home');
  t.deepEqual(fate('away: cut n1 90 s'), { lost: 'n1' });
  const mayBeGone = cases.filter((one) => one.fate !== 'whole');
  t.true(mayBeGone.every(({ blow, name }) => ['power', 'reboot'].includes(blow.kind) || name === 'away: cut n1 90 s'));
});

test('only a cut that shall end a job is longer than its host may be silent', (t) => {
  const patient = cases.filter(({ options, blow }) => blow.kind === 'cut' && options === '--lost-ttl 20m');
  t.is(patient.length, cases.filter(({ blow }) => blow.kind === 'cut').length - 1);
  t.is(named('away: cut n1 90 s').options, '--lost-ttl 30s');
});

test('an agent fails by itself where it comes to the place, and holds where something else is to fail', (t) => {
  t.is(ownBlow(named('host.dump: agent n1')), 'kill');
  t.is(ownBlow(named('host.restore.done: power n2')), 'power');
  t.is(ownBlow(named('host.restore: criu n2 0.5 s')), 'criu 0.5');
  for (const name of ['host.dump: agent head', 'host.dump: relay n1', 'host.dump: cut n1-n2 20 s', 'away: power n1'])
    t.is(ownBlow(named(name)), undefined, name);
});

test('the order follows from the seed, and no case is left out', (t) => {
  const names = (seed: number) => shuffled(cases, seed).map(({ name }) => name);
  t.deepEqual(names(7), names(7));
  t.notDeepEqual(names(7), names(8));
  t.deepEqual(names(7).toSorted(), cases.map(({ name }) => name).toSorted());
});
