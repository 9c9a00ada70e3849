import test from 'ava';
import { estimateCluster } from '#runtime/core/balance/cluster-estimate.ts';
import { LoadView } from '#runtime/core/balance/load-view.ts';
import { BALANCE } from '#runtime/core/balance/settings.ts';
import { seededRandom } from '#runtime/base/seeded-random.ts';
import { ENTRY_FIELDS, FIELD, MOST_ENTRIES, messageBytes } from '#runtime/model/load-message.ts';

const known = () => true;

function entry(member: number, work: number, patch: Partial<Record<keyof typeof FIELD, number>> = {}): Int32Array {
  const list = new Int32Array(ENTRY_FIELDS);
  const values = { member, version: 1, ageMs: 0, work, speed: 10_000, cpus: 1, freeMB: 1000, flags: 0, ...patch };
  for (const [name, at] of Object.entries(FIELD)) list[at] = values[name as keyof typeof FIELD];
  return list;
}

function join(...entries: Int32Array[]): Int32Array {
  const list = new Int32Array(entries.length * ENTRY_FIELDS);
  for (const [i, one] of entries.entries()) list.set(one, i * ENTRY_FIELDS);
  return list;
}

const viewOf = (seed = 1) => new LoadView(0, BALANCE, seededRandom(seed));
const workOf = (view: LoadView, member: number) => view.sample.get(view.sample.slotOf(member), FIELD.work);

test('newer entries replace older ones, and hearsay never what the owner itself said later', (t) => {
  const view = viewOf();
  view.take(join(entry(1, 0), entry(5, 100, { version: 3 })), 0, known);
  view.take(join(entry(1, 0), entry(5, 900, { version: 2 })), 10, known);
  t.is(workOf(view, 5), 100);
  view.take(join(entry(1, 0), entry(5, 300, { version: 4 })), 20, known);
  t.is(workOf(view, 5), 300);
  view.take(entry(5, 400, { version: 4 }), 30, known);
  t.is(workOf(view, 5), 400, 'first hand the same version counts');
});

test('entries grow old on the way, and old ones are not believed', (t) => {
  const view = viewOf();
  view.take(join(entry(1, 0), entry(5, 100, { ageMs: BALANCE.mostAgeMs - 100 })), 0, known);
  const slot = view.sample.slotOf(5);
  t.is(view.sample.memberAt(slot, 0, BALANCE.mostAgeMs), 5);
  t.is(view.sample.memberAt(slot, 200, BALANCE.mostAgeMs), undefined);
  const told = view.tell(entry(0, 0), 50);
  const at = told.findIndex((value, i) => i % ENTRY_FIELDS === FIELD.member && value === 5);
  t.is(told[at + FIELD.ageMs], BALANCE.mostAgeMs - 50);
});

test('of ten thousand members a bounded sample is known, and the most crowded always', (t) => {
  const view = viewOf();
  for (let member = 1; member <= 10_000; member++)
    view.take(entry(member, member === 777 ? 4_000_000 : 100), member / 10, known);
  t.is(view.sample.size, 128);
  t.true(view.crowded.slotOf(777) >= 0);
  const told = view.tell(entry(0, 0), 1000);
  t.true(told.length / ENTRY_FIELDS <= BALANCE.entriesPerMessage);
  t.true(messageBytes({ kind: 'push', entries: told }) <= 1000, 'two such a second are 2 kB/s');
  t.is(told[ENTRY_FIELDS + FIELD.member] === 777 || told.includes(777), true);
  t.true(BALANCE.entriesPerMessage <= MOST_ENTRIES);
});

test('an answer leaves out what the other has just said, unless it is known better', (t) => {
  const view = viewOf();
  view.take(join(entry(1, 0), entry(5, 100, { version: 3 }), entry(6, 100, { version: 3 })), 0, known);
  const answer = view.tell(
    entry(0, 0),
    10,
    join(entry(9, 0), entry(5, 0, { version: 3 }), entry(6, 0, { version: 2 })),
  );
  const members = [...answer].filter((_, i) => i % ENTRY_FIELDS === FIELD.member);
  t.is(members.length, 3);
  t.deepEqual(new Set(members), new Set([0, 1, 6]));
});

test('the mean of a cluster is reckoned from a sample, its crowded member counted once', (t) => {
  const view = viewOf();
  view.take(entry(777, 400_000), 0, known);
  for (let member = 1; member <= 1000; member++) if (member !== 777) view.take(entry(member, 100), 0, known);
  const { mean, excess } = estimateCluster(view, { work: 100, cpus: 1, speed: 10_000 }, 1000, 0, BALANCE.mostAgeMs);
  t.true(Math.abs(mean - 499.9) < 5, `${mean}`);
  t.true(Math.abs(excess - 399_500) < 100, `${excess}`);
});

test('members that died, or were never heard of, are not known', (t) => {
  const view = viewOf();
  view.take(join(entry(1, 0), entry(5, 0)), 0, (member) => member !== 5);
  t.is(view.sample.slotOf(5), -1);
  view.forget(1);
  t.is(view.sample.slotOf(1), -1);
});
