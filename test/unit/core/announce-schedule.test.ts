import test from 'ava';
import { announceIntervalMs, answerDelayMs, needsBroadcast } from '#runtime/core/announce-schedule.ts';
import { seededRandom } from '#runtime/base/seeded-random.ts';

test('the more members, the seldomer each announces, so that all together stay at some 20 a second', (t) => {
  t.is(announceIntervalMs(1, 0.5), 10_000);
  t.is(announceIntervalMs(200, 0.5), 10_000);
  t.is(announceIntervalMs(1000, 0.5), 50_000);
  t.is(announceIntervalMs(1_000_000, 0.5), 600_000);
  t.true(announceIntervalMs(5, 0) < announceIntervalMs(5, 0.99), 'not in step');
});

test('a search in a small cluster is answered by all at once, in a big one by some 16, spread out', (t) => {
  t.true((answerDelayMs(2, [0.99, 0.99]) ?? 1e9) <= 40);
  const random = seededRandom(1);
  const delays = Array.from({ length: 10_000 }, () => answerDelayMs(10_000, [random(), random()]));
  const answers = delays.filter((delay) => delay !== undefined);
  t.true(answers.length > 4 && answers.length < 40, `${answers.length} answers`);
  t.true(Math.max(...answers) <= 320);
});

test('broadcasts begin where nobody is heard by multicast, and end when somebody is', (t) => {
  const heard = { started: 0, multicast: undefined, broadcast: undefined };
  t.false(needsBroadcast(heard, 1, 1000), 'not at once');
  t.true(needsBroadcast(heard, 1, 3000));
  t.false(needsBroadcast({ ...heard, multicast: 2900 }, 2, 3000));
  t.true(needsBroadcast({ ...heard, multicast: 2900 }, 2, 60_000), 'multicast died later');
  t.true(needsBroadcast({ ...heard, multicast: 2900, broadcast: 2950 }, 2, 3000), 'somebody else may not hear us');
});
