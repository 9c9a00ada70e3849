import test from 'ava';
import { mapNumbers, mapOf, mapText, parseMap } from '#runtime/model/cluster-map.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { memberEntry } from '../../helpers/member-room.ts';

test('the maps of the openMosix HOWTO mean what they meant', (t) => {
  const each = parseMap('1 192.168.1.1 1\n2 192.168.1.2 1\n3 192.168.1.3 1\n4 192.168.1.4 1\n');
  const range = parseMap('# the room\n1 192.168.1.1 4 # four in a row\n');
  t.deepEqual(mapNumbers(range), mapNumbers(each));
  const alias = mapNumbers(parseMap('4 192.168.1.4 1\n4 192.168.10.10 ALIAS\n5\t192.168.10.11 0\n'));
  t.deepEqual(
    [...alias],
    [
      ['192.168.1.4', 4],
      ['192.168.10.10', 4],
      ['192.168.10.11', 5],
    ],
  );
  t.deepEqual(parseMap('1 node1 1'), [{ number: 1, host: 'node1', count: 1 }]);
  t.is(mapNumbers(parseMap('250 10.0.0.250 10')).get('10.0.1.3'), 259);
});

for (const [what, text, error] of [
  ['nothing', '# only a comment\n', /no entry/],
  ['two words', '1 10.0.0.1', /line 1 .*NUMBER ADDRESS COUNT/],
  ['four words', '\n1 10.0.0.1 1 x', /line 2/],
  ['number 0', '0 10.0.0.1 1', /numbers go from 1 to 65535/],
  ['a number too high', '65536 10.0.0.1 1', /numbers go from/],
  ['a range too high', '65535 10.0.0.1 2', /numbers go from/],
  ['no count', '1 10.0.0.1 many', /line 1/],
  ['a bad address', '1 10.0.0.256 1', /no address/],
  ['a name with a count', '1 node1 4', /needs an address/],
] as const)
  test(`a map with ${what} is refused, with its line`, (t) => {
    t.throws(() => parseMap(text), { code: 'PLUMP_CONFIG', message: error });
  });

test('a map with one address twice, names nobody looked up, or no end is refused', (t) => {
  t.throws(() => mapNumbers(parseMap('1 10.0.0.1 4\n9 10.0.0.3 1')), { message: /10\.0\.0\.3 twice/ });
  t.throws(() => mapNumbers(parseMap('1 node1 1')), { message: /'node1', which is no address/ });
  t.throws(() => mapNumbers(parseMap('1 10.0.0.1 60000')), { message: /more than 4096/ });
});

test('what is written can be read again and gives everybody the number he has', (t) => {
  const view = (index: number, patch: Partial<NodeView>): NodeView => ({
    ...memberEntry(index),
    state: 'alive',
    addresses: [`10.0.0.${index}`],
    self: false,
    silentMs: 0,
    ...patch,
  });
  const text = mapText(
    mapOf([
      view(9, { number: 12, addresses: ['10.0.0.9', '10.1.0.9'] }),
      view(3, { number: 5 }),
      view(4, { state: 'dead' }),
      view(5, { number: 0 }),
    ]),
  );
  t.is(text, '5 10.0.0.3 1\n12 10.0.0.9 1\n12 10.1.0.9 ALIAS\n');
  t.is(mapNumbers(parseMap(text)).get('10.1.0.9'), 12);
});
