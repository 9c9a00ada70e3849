import test from 'ava';
import { Keeper } from '#runtime/core/keepsakes/keeper.ts';
import { keepersOf } from '#runtime/core/keepsakes/keepers.ts';
import { untouched, withKept, withSet } from '#runtime/core/keepsakes/own-keepsake.ts';
import type { Keepsake } from '#runtime/model/keepsake.ts';

const MAC = '52:54:00:00:00:01';
const keepsake = (version: number, boot: string, settings: object): Keepsake => {
  return { mac: MAC, version, boot, settings: JSON.stringify(settings) };
};

test('a member keeps the newest it was told, and tells it to who knows less', (t) => {
  const written: (readonly Keepsake[])[] = [];
  const keeper = new Keeper([], (all) => written.push(all));
  t.is(keeper.exchange(keepsake(0, 'a', {}), [MAC]), undefined);
  t.deepEqual(written, [], 'who only asks has nothing to keep');
  const first = keepsake(3, 'a', { block: true });
  t.is(keeper.exchange(first, [MAC]), undefined);
  t.deepEqual(written, [[first]]);
  t.deepEqual(keeper.exchange(keepsake(0, 'b', {}), [MAC]), first);
  t.deepEqual(keeper.exchange(keepsake(3, 'b', {}), [MAC]), first, 'that of another boot is not the same');
  t.is(keeper.exchange(keepsake(4, 'b', {}), [MAC]), undefined);
  t.deepEqual(new Keeper(written.at(-1) ?? [], () => {}).exchange(first, [MAC]), keepsake(4, 'b', {}));
});

test('nobody has a say about the settings of another machine', (t) => {
  const keeper = new Keeper([], () => t.fail());
  t.throws(() => keeper.exchange(keepsake(9, 'a', {}), ['52:54:00:00:00:02']), { code: 'PLUMP_DENIED' });
});

test('the machine heard of longest ago is forgotten for a new one', (t) => {
  let all: readonly Keepsake[] = [];
  const keeper = new Keeper([], (now) => (all = now));
  const macs = Array.from(
    { length: 4097 },
    (_, k) => `52:54:00:00:${k.toString(16).padStart(4, '0').replace(/^../, '$&:')}`,
  );
  for (const mac of macs) keeper.exchange({ ...keepsake(1, 'a', {}), mac }, macs);
  t.is(all.length, 4096);
  t.deepEqual([all[0]?.mac, all.at(-1)?.mac], [macs[1], macs.at(-1)]);
});

test('a machine that was booted takes what was kept, and keeps what was set since', (t) => {
  const kept = { version: 7, boot: 'old', settings: { block: true, speed: 900 } };
  const fresh = untouched('new');
  t.deepEqual(withKept(fresh, {}, kept, 'new'), {
    state: { version: 7, boot: 'old', touched: [] },
    settings: { block: true, speed: 900 },
  });
  const set = withSet(fresh, ['block'], 'new');
  t.deepEqual(withKept(set, { block: false }, kept, 'new'), {
    state: { version: 8, boot: 'new', touched: ['block'] },
    settings: { block: false, speed: 900 },
  });
});

test('what is as old as this, or older, is nothing new, unless another boot set it', (t) => {
  const state = withSet(untouched('new'), ['block'], 'new');
  const settings = { block: true };
  t.is(withKept(state, settings, { version: 1, boot: 'new', settings: {} }, 'new'), undefined);
  t.is(withKept({ ...state, version: 2 }, settings, { version: 1, boot: 'old', settings: {} }, 'new'), undefined);
  t.like(withKept(state, settings, { version: 1, boot: 'old', settings: { stay: true } }, 'new'), {
    state: { version: 2 },
    settings: { block: true, stay: true },
  });
});

test('in a room all keep for all, in a large cluster the same few do after any of them was booted again', (t) => {
  const member = (k: number, kind: 'node' | 'head', life = 1) => {
    return { overlay: `fd00::${life}:${k}`, kind, macs: [`52:54:00:00:01:${k}`], state: 'alive', self: false } as const;
  };
  const room = [...Array(4).keys()].map((k) => member(k, k === 0 ? 'head' : 'node'));
  t.is(keepersOf(MAC, room).length, 4);
  t.is(
    keepersOf(MAC, [
      { ...member(1, 'node'), self: true },
      { ...member(2, 'node'), state: 'dead' },
    ]).length,
    0,
  );
  const many = [...Array(200).keys()].map((k) => member(k, 'node'));
  const names = (all: readonly { readonly macs: readonly string[] }[]) => all.map(({ macs }) => macs[0]);
  const keepers = keepersOf(MAC, many);
  t.is(keepers.length, 8);
  const again = many.map((one, k) => (keepers.includes(one) ? member(k, 'node', 2) : one)).toReversed();
  t.deepEqual(names(keepersOf(MAC, again)), names(keepers));
  t.notDeepEqual(names(keepersOf('52:54:00:00:00:09', many)), names(keepers), 'and others for another machine');
});
