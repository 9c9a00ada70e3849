import test from 'ava';
import { parseOptions } from '#runtime/base/options.ts';
import { mapVerb } from '#runtime/commands/map.ts';

const parse = (words: string) =>
  parseOptions(mapVerb.options, words.split(' '), { env: {}, config: {} }) as {
    values: Record<string, unknown>;
    positionals: readonly string[];
  };

test("setpe's old arguments are understood", (t) => {
  t.like(parse('-w -f /etc/openmosix.map').values, { write: true, file: '/etc/openmosix.map', off: false });
  t.like(parse('-r -f /etc/openmosix.map').values, { read: true, file: '/etc/openmosix.map', write: false });
  t.like(parse('-r').values, { read: true, off: false });
  t.like(parse('-off').values, { off: true, write: false, read: false });
  t.deepEqual(parse('--write cluster.map').positionals, ['cluster.map']);
});
