import { execFileSync } from 'node:child_process';
import test from 'ava';
import { loopCommand, loopResult, roundsFor } from '#runtime/commands/prove/loop.ts';

test('what a loop prints is known before it runs', (t) => {
  for (const rounds of [0, 1, 2, 7, 1000, 123_457]) {
    const [file = '', ...words] = loopCommand(rounds, 'one');
    t.is(Number(execFileSync(file, words, { encoding: 'utf8' })), loopResult(rounds), `${rounds} rounds`);
  }
  // More than a whole number of 32 bits.
  t.true(Number.isInteger(loopResult(20_000_000_000)));
});

test('a loop is made to take so many seconds, by a trial that is long enough to tell', async (t) => {
  const tried: number[] = [];
  const slow = async (rounds: number) => {
    tried.push(rounds);
    return 0.1 + rounds / 1_000_000;
  };
  const rounds = await roundsFor(120, slow);
  t.true(rounds > 110_000_000 && rounds < 120_000_000, `${rounds}`);
  t.deepEqual(tried, [50_000, 200_000, 800_000, 3_200_000]);
});
