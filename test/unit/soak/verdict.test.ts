import test from 'ava';
import type { JobPlan } from '../../soak/migrate/kinds.ts';
import { judge, type Outcome } from '../../soak/migrate/verdict.ts';

const plan: JobPlan = { id: 's0-1', kind: 'perl', ticks: 4, where: '--best' };
const whole: Outcome = {
  status: 4,
  out: ['1', '2', '3', '4', 'whole'],
  err: [],
  seen: ['1', '2', '3', '4'],
  killedHosts: [],
};
const gone: Outcome = {
  status: 125,
  out: ['1', '2'],
  err: ['plumpos run: its host n2 was rebooted'],
  seen: ['1', '2', '3'],
  killedHosts: ['n2'],
};
const fateOf = (outcome: Outcome, of = plan) => judge(of, outcome).fate;

test('a job that ended as if nothing had happened is right', (t) => {
  t.is(fateOf(whole), 'right');
  t.is(fateOf({ ...whole, status: 0, seen: [] }, { ...plan, kind: 'stream' }), 'right');
});

test('a number that is there twice was counted by two', (t) => {
  t.deepEqual(judge(plan, { ...whole, out: ['1', '2', '2', '3', '4', 'whole'] }), {
    fate: 'doubled',
    why: "'2' is there twice",
  });
  t.is(fateOf({ ...whole, seen: ['1', '2', '3', '3', '4'] }), 'doubled');
  t.is(fateOf({ ...gone, seen: ['1', '2', '1'] }), 'doubled');
});

test('another status, another output, something missing or no end is a lost job', (t) => {
  t.is(fateOf({ ...whole, status: 5 }), 'lost');
  t.is(fateOf({ ...whole, status: undefined }), 'lost');
  t.is(fateOf({ ...whole, out: ['1', '2', '4', 'whole'] }), 'lost');
  t.is(fateOf({ ...whole, out: [...whole.out, 'more'] }), 'lost');
  t.is(fateOf({ ...whole, out: ['1', '2', '3', '4', 'lost something'] }), 'lost');
  t.is(fateOf({ ...whole, seen: ['1', '2', '3'] }), 'lost');
});

test('125 is right only when it names a host whose power was cut while it held the job', (t) => {
  t.is(fateOf(gone), 'gone');
  t.is(fateOf({ ...gone, killedHosts: [] }), 'lost');
  t.is(fateOf({ ...gone, killedHosts: ['n1'] }), 'lost');
  t.is(fateOf({ ...gone, err: ['plumpos run: no agent'] }), 'lost');
  t.is(fateOf({ ...gone, err: ['plumpos run: its host n22 was rebooted'] }), 'lost');
});

test('what such a job wrote before must be right; its last line may be torn', (t) => {
  t.is(fateOf({ ...gone, out: [] }), 'gone');
  t.is(fateOf({ ...gone, out: ['1', '3'] }), 'lost');
  t.is(fateOf({ ...gone, out: ['1', '2', '3', '4', 'who'] }), 'gone');
  t.is(fateOf({ ...gone, out: ['1', 'x'] }), 'lost');
});
