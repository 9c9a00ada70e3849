import test from 'ava';
import type { NodeView } from '#runtime/model/member.ts';
import { withLoads } from '#runtime/services/node-loads.ts';
import { memberEntry } from '../../helpers/member-room.ts';

test('members are listed with their loads, those of whom nothing was heard without', (t) => {
  const nodes = [0, 1].map(
    (index): NodeView => ({ ...memberEntry(index), state: 'alive', addresses: [], self: index === 0, silentMs: 0 }),
  );
  const figures = { work: 100, speed: 10_000, cpus: 1, freeMB: 99, load: 100, utilization: 100 };
  const load = { overlay: 'fd00::1', ...figures, blocked: false, pressed: false, ageMs: 0 };
  t.deepEqual(
    withLoads(nodes, [load], 9000).map((node) => [node.load, node.speed]),
    [
      [load, 9000],
      [undefined, undefined],
    ],
  );
});
