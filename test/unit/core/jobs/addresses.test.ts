import test from 'ava';
import { Addresses, sharesAddress } from '#runtime/core/jobs/addresses.ts';
import type { Job } from '#runtime/core/jobs/job.ts';

const withAddress = (address: string) => ({ spec: { network: { address } } }) as Job;

test('each job has an address of its home, one that was just free last', (t) => {
  const addresses = new Addresses();
  t.is(addresses.next([], 3), '198.18.3.1');
  t.is(addresses.next([], 3), '198.18.3.2');
  t.is(addresses.next([withAddress('198.18.3.3')], 3), '198.18.3.4');
});

test('511 homes have addresses of their own, within the range for benchmarks', (t) => {
  const firsts = Array.from({ length: 511 }, (_, number) => new Addresses().next([], number + 1));
  t.is(new Set(firsts).size, 511);
  t.true(firsts.every((address) => /^198\.1[89]\.\d{1,3}\.1$/.test(address)));
  t.is(firsts[510] ?? '', '198.19.255.1');
  t.is(new Addresses().next([], 513), '198.18.1.1');
});

test('when all of them are taken it is said', (t) => {
  const all = Array.from({ length: 254 }, (_, i) => withAddress(`198.18.1.${i + 1}`));
  t.throws(() => new Addresses().next(all, 1), { code: 'PLUMP_BUSY' });
});

test("a guest of another home with the same address is not taken beside the first, one of the same home's moves is", (t) => {
  const there = [{ home: 'fd00::1', address: '198.18.1.1' }];
  t.true(sharesAddress({ home: 'fd00::2', address: '198.18.1.1' }, there));
  t.false(sharesAddress({ home: 'fd00::2', address: '198.18.1.2' }, there));
  t.false(sharesAddress({ home: 'fd00::1', address: '198.18.1.1' }, there));
  t.false(sharesAddress({ home: 'fd00::2', address: undefined }, [{ home: 'fd00::1', address: undefined }]));
});
