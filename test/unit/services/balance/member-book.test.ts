import test from 'ava';
import { overlayAddress, overlayBits } from '#runtime/model/overlay-address.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { MemberBook } from '#runtime/services/balance/member-book.ts';
import { memberEntry } from '../../../helpers/member-room.ts';

function view(index: number, patch: Partial<NodeView> = {}): NodeView {
  return { ...memberEntry(index), state: 'alive', addresses: [], self: index === 0, silentMs: 0, ...patch };
}

test('the bits of an address after the prefix name a member, however the address is written', (t) => {
  t.is(overlayBits('fd12:3456:789a:0:1:2:3:4'), 0x0001_0002_0003_0004n);
  t.is(overlayBits('fd12:3456:789a:0:abcd::12'), 0xabcd_0000_0000_0012n);
  t.is(overlayBits('fd12:3456:789a::12:3:4'), 0x0000_0012_0003_0004n);
  const address = overlayAddress('fd12:3456:789a:0', Buffer.alloc(32, 7).toString('base64'));
  t.is(overlayBits(address).toString(16).length, 16, address);
});

test('members have numbers as long as they live, and those that are gone are told once', (t) => {
  const book = new MemberBook('fd00::1');
  t.deepEqual(book.update([view(0), view(1), view(2, { state: 'suspect' }), view(3, { state: 'dead' })]), []);
  const n1 = book.at('fd00::2') as number;
  t.is(book.handleOf(book.idOf(n1)), n1);
  t.is(
    book.random(() => 0.99),
    n1,
    'who is doubted is not asked',
  );
  t.is(book.at('fd00::4'), undefined);
  t.deepEqual(book.update([view(0), view(1, { state: 'left' })]), [n1, book.self + 2]);
  t.deepEqual(book.update([view(0), view(1, { state: 'left' })]), []);
  t.false(book.isMember(n1));
  t.is(book.handleOf(2n), undefined);
  t.is(
    book.random(() => 0),
    undefined,
  );
});

test('a job goes only to members whose CPU has what it may have seen, and whose CRIU works', (t) => {
  const book = new MemberBook('fd00::1');
  book.update([view(0), view(1, { cpuFlags: ['avx2', 'sse2'] }), view(2, { criu: '' })]);
  const [plain, fast, none] = ['fd00::1', 'fd00::2', 'fd00::3'].map((overlay) => book.at(overlay) as number);
  t.deepEqual(
    [plain, fast, none].map((member) => book.takes(member as number, ['sse2', 'avx2'])),
    [false, true, false],
  );
  t.true(book.takes(plain as number, ['sse2']));
});
