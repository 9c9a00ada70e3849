import test from 'ava';
import { speedOf } from '#runtime/commands/ctl-speed.ts';

test('a speed is a whole number that a PC can have', (t) => {
  t.is(speedOf('10000'), 10_000);
  t.is(speedOf('10'), 10);
  for (const bad of ['0', '9', '65536', '999999999', '-5', '1e4', '10000.5', 'fast', '', undefined])
    t.throws(() => speedOf(bad), { code: 'PLUMP_USAGE', message: /^plumpos ctl setspeed: / }, bad);
});
