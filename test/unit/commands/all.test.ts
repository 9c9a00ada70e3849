import test from 'ava';
import { membersFor } from '#runtime/commands/all.ts';

const node = (name: string, change: object = {}) =>
  ({ name, overlay: `fd00::${name}`, state: 'alive', self: false, ...change }) as const;

test('plumpos all asks who takes guests, and the own member, which is its own jobs\u2019 home', (t) => {
  const nodes = [
    node('head1', { self: true }),
    node('head2'),
    node('n1'),
    node('n2', { state: 'dead' }),
    node('n3'),
  ] as const;
  const closed = 'takes no guests';
  const places = [{ overlay: 'fd00::head1', closed }, { overlay: 'fd00::head2', closed }, { overlay: 'fd00::n1' }];
  const names = membersFor(nodes, places).map(({ name }) => name);
  t.deepEqual(names, ['head1', 'n1', 'n3'], 'n3 did not say: it is asked');
});
