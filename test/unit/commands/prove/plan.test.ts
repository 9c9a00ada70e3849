import test from 'ava';
import {
  checkKnobs,
  type ClusterViews,
  idealSeconds,
  planOf as planOfViews,
  remarksOf,
} from '#runtime/commands/prove/plan.ts';

const row = (name: string, change: object = {}) =>
  ({ name, overlay: `fd00::${name}`, state: 'alive', self: false, cpus: 1, speed: 10_000, ...change }) as const;
const planOf = (nodes: ClusterViews['nodes'], places: ClusterViews['places'], perCpu: number) =>
  planOfViews({ nodes, places }, perCpu);
const open = (...names: string[]) => names.map((name) => ({ overlay: `fd00::${name}` }));
const names = (machines: readonly { readonly name: string }[]) => machines.map(({ name }) => name);

test('two PCs of one CPU each are the experiment of the article: two loops, and twice as fast at best', (t) => {
  const plan = planOf([row('n1', { self: true }), row('n2', { speed: 9700 })], open('n1', 'n2'), 1);
  t.like(plan, { loops: 2, expected: 2, many: 2 });
  t.deepEqual(names(plan.byHand), ['n1', 'n2']);
  t.deepEqual(remarksOf(plan), []);
});

test('only who is there and takes guests is reckoned with, the fastest first', (t) => {
  const nodes = [
    row('head', { self: true }),
    row('head2'),
    row('n1', { speed: 8000, cpus: 2 }),
    row('n2', { state: 'dead' }),
    row('n3'),
  ];
  const plan = planOf(nodes, [{ overlay: 'fd00::head2', closed: 'takes no guests' }, ...open('n1', 'n2', 'n3')], 2);
  t.deepEqual(names(plan.others), ['n3', 'n1']);
  t.deepEqual(names(plan.byHand), ['head', 'n3']);
  t.is(plan.many, 8);
});

test('a PC of many CPUs is filled, and the others help as far as they can', (t) => {
  const plan = planOf([row('big', { self: true, cpus: 4 }), row('n1'), row('n2')], open('n1', 'n2'), 1);
  t.like(plan, { loops: 6, expected: 1.5 });
  t.deepEqual(names(plan.byHand), ['big', 'big', 'big', 'big', 'n1', 'n2']);
  t.regex(remarksOf(plan).join('\n'), /big has 4 CPUs: 6 loops/);
});

test('where the other PC is slow, it is told what can be gained, and when it is nothing', (t) => {
  const plan = (speed: number) => planOf([row('n1', { self: true }), row('n2', { speed })], open('n2'), 1);
  t.is(plan(8000).expected, 1.6);
  t.regex(remarksOf(plan(8000)).join(), /not equally fast \(n1 10000, n2 8000\): the ceiling can be 1\.60 at best/);
  t.regex(remarksOf(plan(4000)).join(), /n2 is so slow that moving there gains nothing/);
});

test('who is alone, or keeps its jobs, is told so with the command that changes it', (t) => {
  const alone = () => planOf([row('n1', { self: true })], open('n1'), 1);
  t.throws(alone, { code: 'PLUMP_REFUSED', message: /no other member takes guests/ });
  t.notThrows(() => checkKnobs({ stay: false, block: true }));
  for (const [knob, command] of [
    ['stay', 'sudo plumpos ctl nostay'],
    ['lstay', 'sudo plumpos ctl nolstay'],
    ['brought', 'sudo plumpos ctl nolstay'],
    ['quiet', 'sudo plumpos ctl noquiet'],
  ] as const)
    t.like(
      t.throws(() => checkKnobs({ [knob]: true })),
      { code: 'PLUMP_REFUSED', hint: command },
    );
});

test('a speed that is not known is taken for that of home', (t) => {
  const nodes = [row('n1', { self: true, speed: 5000 }), row('n2', { speed: undefined }), row('n3', { speed: 7000 })];
  const { others } = planOf(nodes, [], 1);
  t.deepEqual(
    others.map(({ name, speed }) => [name, speed]),
    [
      ['n3', 7000],
      ['n2', 5000],
    ],
  );
});

test('the ideal is the work through all speeds together, and never quicker than one loop on the fastest', (t) => {
  const machine = (name: string, speed: number) => ({ name, overlay: name, cpus: 1, speed });
  const home = machine('n1', 10_000);
  t.is(idealSeconds({ home, others: [machine('n2', 5000)] }, 3, 100), 200);
  t.is(idealSeconds({ home, others: [machine('n2', 20_000)] }, 1, 100), 50);
});
