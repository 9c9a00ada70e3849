import test from 'ava';
import { kindsOfCores, measuredSpeed, REFERENCE } from '#runtime/core/balance/calibration.ts';
import type { LogicalCpu, Rates } from '#runtime/model/speed.ts';

const one = [{ cpus: [0], count: 1 }];
const times = (integer: number, float = integer): Rates => ({
  integer: REFERENCE.integer * integer,
  float: REFERENCE.float * float,
});
const cpu = (number: number, siblings: readonly number[], maxKHz = 0): LogicalCpu => ({
  cpu: number,
  siblings,
  maxKHz,
});
/** CPUs N and N + `cores` are siblings, as most PCs count them. */
const smt = (cores: number) =>
  Array.from({ length: 2 * cores }, (_, n) => cpu(n, [n % cores, (n % cores) + cores], 3_000_000));

test('the reference is 10000; integer and floating point count the same, by their geometric mean', (t) => {
  t.like(measuredSpeed(one, [{ alone: times(1) }]), { speed: 10_000, integer: 10_000, float: 10_000, alone: 10_000 });
  t.like(measuredSpeed(one, [{ alone: times(2, 0.5) }]), { speed: 10_000, integer: 20_000, float: 5000 });
  t.is(measuredSpeed(one, [{ alone: times(0.25) }]).speed, 2500);
});

test('a CPU with SMT siblings counts as it is while they are busy, and alone it is told beside that', (t) => {
  const speed = measuredSpeed([{ cpus: [0, 4], count: 8 }], [{ alone: times(1.2), shared: times(0.7) }]);
  t.deepEqual(speed, { speed: 7000, integer: 7000, float: 7000, alone: 12_000 });
});

test('the speed of a machine with unequal cores is the mean of all its CPUs', (t) => {
  const kinds = [
    { cpus: [8], count: 8 },
    { cpus: [0, 1], count: 4 },
  ];
  const rates = [{ alone: times(0.5) }, { alone: times(2), shared: times(1.1) }];
  t.like(measuredSpeed(kinds, rates), { speed: 7000, alone: 10_000 });
});

test('no machine is so slow or fast that its speed could not be told', (t) => {
  t.is(measuredSpeed(one, [{ alone: { integer: 1, float: 1 } }]).speed, 10);
  t.is(measuredSpeed(one, [{ alone: times(50) }]).speed, 65_535);
});

test('one core of each kind is measured, not the one that serves interrupts', (t) => {
  t.deepEqual(kindsOfCores([cpu(0, [0]), cpu(1, [1])]), [{ cpus: [1], count: 2 }]);
  t.deepEqual(kindsOfCores(smt(4)), [{ cpus: [3, 7], count: 8 }]);
  const hybrid = [...smt(2), cpu(4, [4], 2_000_000), cpu(5, [5], 2_000_000), cpu(6, [6], 2_000_000)];
  t.deepEqual(kindsOfCores(hybrid), [
    { cpus: [1, 3], count: 4 },
    { cpus: [6], count: 3 },
  ]);
});

test('a sibling this program may not use is none; however many kinds there are, four are measured', (t) => {
  t.deepEqual(kindsOfCores([cpu(2, [0, 2])]), [{ cpus: [2], count: 1 }]);
  const many = Array.from({ length: 9 }, (_, n) => cpu(n, [n], 1_000_000 * 1.5 ** n));
  t.is(kindsOfCores(many).length, 4);
});
