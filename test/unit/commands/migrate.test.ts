import test from 'ava';
import { moveText } from '#runtime/commands/migrate.ts';

test('migrate tells how long the job stood still, and what of that was CRIU', (t) => {
  const move = { id: '0123abcd', pid: 4711, from: 'head', to: 'n1', bytes: 524_288, steps: [] };
  t.is(
    moveText({ ...move, frozenMs: 712.4, stillMs: 4310, totalMs: 5820 }),
    '4711 moved from head to n1: 512K in 5.8 s, stood still for 4.3 s (CRIU froze it for 712 ms)\n',
  );
});
