import test from 'ava';
import { decayOf } from '#runtime/commands/ctl-knobs.ts';

test('a decay is an interval in seconds, alone or with what is left of 1000 after it', (t) => {
  t.deepEqual(decayOf(['5']), { decaySeconds: 5 });
  t.deepEqual(decayOf(['1', '975', '926']), { decaySeconds: 1, slowDecay: 975, fastDecay: 926 });
  for (const bad of [[], ['0'], ['x'], ['1', '975'], ['1', '1001', '1'], ['3601'], ['1', '-1', '1']])
    t.throws(() => decayOf(bad), { code: 'PLUMP_USAGE', message: /^plumpos ctl setdecay: / }, bad.join(' '));
});
