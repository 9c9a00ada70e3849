import test from 'ava';
import { parseOptions } from '#runtime/base/options.ts';
import { killVerb } from '#runtime/commands/kill.ts';

test('kill takes the signal as kill(1) does, and as an option', (t) => {
  const read = (...words: string[]) => {
    const { values, positionals } = parseOptions(killVerb.options, killVerb.rewrite?.(words) ?? words, {
      env: {},
      config: {},
    });
    return [values['signal'], ...positionals];
  };
  t.deepEqual(read('-9', '4711', '4712'), ['9', '4711', '4712']);
  t.deepEqual(read('-KILL', '4711'), ['KILL', '4711']);
  t.deepEqual(read('-SIGTERM', '4711'), ['SIGTERM', '4711']);
  t.deepEqual(read('-s', 'HUP', '4711'), ['HUP', '4711']);
  t.deepEqual(read('-sHUP', '4711'), ['HUP', '4711']);
  t.deepEqual(read('4711'), [undefined, '4711']);
  t.deepEqual(read(), [undefined]);
  t.throws(() => read('--nonsense', '4711'), { code: 'PLUMP_USAGE' });
});
