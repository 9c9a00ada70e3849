import test from 'ava';
import { checkMask, maskAllows, maskOf, maskText } from '#runtime/core/jobs/job-mask.ts';
import { NO_MASK } from '#runtime/model/job-mask.ts';

const members = [
  { number: 1, name: 'head', state: 'alive' },
  { number: 2, name: 'n1', state: 'alive' },
  { number: 3, name: 'n2', state: 'dead' },
] as const;

test('a mask says on which members a job may be, or on which it may not', (t) => {
  const allowed = (mask: Parameters<typeof maskAllows>[0]) => [1, 2, 3, undefined].map((one) => maskAllows(mask, one));
  t.deepEqual(allowed(undefined), [true, true, true, true]);
  t.deepEqual(allowed(NO_MASK), [true, true, true, true]);
  t.deepEqual(allowed(maskOf([2], undefined)), [false, true, false, false]);
  t.deepEqual(allowed(maskOf(undefined, [2])), [true, false, true, true]);
  t.deepEqual(maskOf([2, 3, 2], [3]), { filter: true, allow: true, nodes: [2] });
  t.deepEqual(allowed({ ...maskOf([2], undefined), filter: false }), [true, true, true, true]);
});

test('a mask that leaves nobody who lives is refused in one sentence', (t) => {
  checkMask(NO_MASK, []);
  checkMask(maskOf([2], undefined), members);
  for (const [only, not, message] of [
    [[3], undefined, '--only n2 leaves no member that the job may be on'],
    [[2], [2], '--only nobody leaves no member that the job may be on'],
    [undefined, [1, 2, 0x0a05], '--not head,n1,0x0a05 leaves no member that the job may be on'],
  ] as const)
    t.throws(() => checkMask(maskOf(only, not), members), { code: 'PLUMP_USAGE', message });
  t.is(maskText(NO_MASK, members), '');
});
