import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { makeLog } from '#runtime/base/log.ts';
import { Queue } from '#runtime/base/queue.ts';
import type { Guest } from '#runtime/services/guests/guest.ts';
import { GuestWatch } from '#runtime/services/guests/watch-guests.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const log = makeLog({ write: () => {}, wall: () => 0, level: 'error', readable: false });
const ref = { home: 'fd00::1', id: '0badcafe', generation: 1 };

/** A host with one guest whose program has ended. @param answers what home answers, one after the other: an error, or well */
async function tellings(...answers: readonly (PlumpError | undefined)[]): Promise<number> {
  const clock = new VirtualClock();
  const record = { state: 'running' };
  const guest = {
    ref,
    record,
    since: 0,
    atHome: false,
    queue: new Queue(),
    cgroup: { populated: false, use: () => ({ outOfMemory: 0 }) },
    note: (change: object) => Object.assign(record, change),
  } as unknown as Guest;
  const held = [guest];
  let told = 0;
  using _ = new GuestWatch({
    guests: { all: () => held, discard: async () => void held.pop() },
    homeOf: () => ({
      exited: async () => {
        const answer = answers[told++];
        if (answer !== undefined) throw answer;
      },
      takeAway: async () => {},
      giveAway: async () => ({ outcome: 'stays' }),
    }),
    silentMs: () => 0,
    clock,
    log,
  });
  for (let second = 0; second < 60; second++) {
    for (let step = 0; step < 10; step++) await turn();
    clock.pass(1000);
  }
  return told;
}

test('a home that does not answer is told again that its job ended, until it hears it', async (t) => {
  const silent = new PlumpError('PLUMP_UNREACHABLE', 'it does not answer');
  t.is(await tellings(silent, silent, undefined), 3);
});

test('a home that knows it already is not told for ever', async (t) => {
  t.is(await tellings(new PlumpError('PLUMP_DENIED', 'no job of this home is there')), 1);
});
