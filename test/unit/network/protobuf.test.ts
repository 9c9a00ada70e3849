import test from 'ava';
import { readFields } from '#runtime/network/criu-image/protobuf.ts';

test('fields of every wire type are read with their places', (t) => {
  // 1: varint 300, 2: "hi", 3: fixed32 7, 4: fixed64 8
  const bytes = Buffer.from('08ac02' + '12026869' + '1d07000000' + '210800000000000000', 'hex');
  const [varint, text, four, eight] = readFields(bytes);
  t.is(varint?.value, 300n);
  t.is(varint?.offset, 1);
  t.is(text?.bytes?.toString(), 'hi');
  t.is(four?.value, 7n);
  t.is(eight?.value, 8n);
});

test('cut or senseless bytes are refused', (t) => {
  for (const bad of ['08', '12056869', '0b', '1d0700', 'ffffffffffffffffffffffff'])
    t.throws(() => readFields(Buffer.from(bad, 'hex')), { code: 'PLUMP_PROTOCOL' }, bad);
});
