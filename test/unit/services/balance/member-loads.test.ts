import test from 'ava';
import type { NodeLoad } from '#runtime/model/load-figures.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { MemberLoads } from '#runtime/services/balance/member-loads.ts';
import { BalancedRoom } from '../../../helpers/balanced-room.ts';
import { viewsOf } from '../../../helpers/move-room/room-member.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';
import { nodeLoad } from '#runtime/core/balance/node-load.ts';

const FIGURES = { work: 250, speed: 5000, cpus: 2, freeMB: 300, blocked: false, pressed: false };

const node = (overlay: string, state: NodeView['state'] = 'alive') => ({ overlay, state }) as NodeView;

test('a member tells the load of all others that it heard of, and its own', async (t) => {
  const all = new BalancedRoom('n1', 'n2');
  all.knobs.set('home', { stay: true });
  all.knobs.set('n2', { block: true });
  await all.start('home', 3);
  await all.room.clock.passGently(10_000);
  const at = (on: string, of: string) => {
    const known = all.at(on).loadOf(all.room.member(of).host.overlay);
    return known && nodeLoad(known.figures, known.ageMs);
  };
  for (const on of ['home', 'n1', 'n2']) {
    t.like(at(on, 'home'), { load: 300, utilisation: 100, speed: 10_000, blocked: false }, on);
    t.like(at(on, 'n1'), { load: 0, utilisation: 0 }, on);
    t.like(at(on, 'n2'), { load: 0, blocked: true }, on);
  }
  t.is(at('home', 'home')?.loadAgeMs, 0);
  t.is(all.at('home').loadOf('fd00::77'), undefined);
  t.is(viewsOf([...all.room.members.values()], all.room.member('n1').host.overlay).length, 3);
});

test('load is work per CPU of standard speed, and no member is busier than all the time', (t) => {
  t.deepEqual(nodeLoad(FIGURES, 1234.5), {
    load: 250,
    utilisation: 100,
    speed: 5000,
    freeMB: 300,
    blocked: false,
    pressed: false,
    loadAgeMs: 1235,
  });
  t.like(nodeLoad({ ...FIGURES, work: 100, speed: 20_000 }, 0), { load: 25, utilisation: 50 });
});

test('who is not heard of by gossip is asked, once for many lists, and known for ten seconds', async (t) => {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const known = new Map<string, NodeLoad>([['a', nodeLoad(FIGURES, 0)]]);
  const ask = async (member: string) => {
    asked.push(member);
    return { ...FIGURES, work: 100 };
  };
  const loads = new MemberLoads({ known: (member) => known.get(member), ask, clock });
  const nodes = [node('a'), node('b'), node('c', 'dead')];
  t.deepEqual(
    loads.views(nodes).map(({ load }) => load),
    [250, undefined, undefined],
  );
  await Promise.all([loads.ask(nodes), loads.ask(nodes)]);
  await loads.ask(nodes);
  t.deepEqual(asked, ['b']);
  clock.pass(4000);
  t.deepEqual(
    loads.views(nodes).map(({ load, loadAgeMs }) => [load, loadAgeMs]),
    [
      [250, 0],
      [100, 4000],
      [undefined, undefined],
    ],
  );
  clock.pass(7000);
  t.is(loads.views(nodes)[1]?.load, undefined);
  await loads.ask(nodes);
  t.deepEqual(asked, ['b', 'b']);
});

test('a member that is asked by name is asked though gossip told of it, and what only it knows is kept beside newer gossip', async (t) => {
  const clock = new VirtualClock();
  const loads = new MemberLoads({
    known: () => nodeLoad({ ...FIGURES, work: 50 }, 500),
    ask: async () => ({ ...FIGURES, unusedMB: 7 }),
    clock,
  });
  await loads.ask([node('a')], 'a');
  t.like(loads.views([node('a')])[0], { load: 250, unusedMB: 7 });
  clock.pass(2000);
  t.like(loads.views([node('a')])[0], { load: 50, unusedMB: 7 });
});

test('a member that is silent or refuses keeps nobody waiting longer than a second, and not each time', async (t) => {
  const clock = new VirtualClock();
  let asked = 0;
  const silent = Promise.withResolvers<undefined>();
  const loads = new MemberLoads({
    known: () => undefined,
    ask: (member) => {
      asked++;
      return member === 'refuses' ? Promise.reject(new Error('no')) : silent.promise;
    },
    clock,
  });
  const nodes = [node('silent'), node('refuses')];
  const waited = loads.ask(nodes);
  await clock.passGently(1000);
  await waited;
  silent.resolve(undefined);
  await clock.passGently(1);
  await loads.ask(nodes);
  t.is(asked, 2);
  t.deepEqual(loads.views(nodes), nodes);
});
