import test from 'ava';
import { nodeAnswer } from '#runtime/commands/ctl-node.ts';
import type { NodeView } from '#runtime/model/member.ts';

const base = { id: 'key', name: 'n1', number: 0x20f, addresses: ['10.0.2.15', '10.0.3.15'], silentMs: 0 };
const node = (more: Partial<NodeView>) => ({ ...base, state: 'alive', self: false, ...more }) as NodeView;
const BUSY = node({ load: 205, speed: 5000, freeMB: 300, unusedMB: 12, utilisation: 97, blocked: false });

test('mosctl tells one plain number a line, as its old callers expect', (t) => {
  const said = (['getload', 'getspeed', 'getmem', 'getfree', 'getutil'] as const).map((word) => nodeAnswer(word, BUSY));
  t.deepEqual(
    said.map(({ text }) => text),
    ['205\n', '5000\n', '300\n', '12\n', '97\n'],
  );
  t.is(nodeAnswer('getload', BUSY, 5000).text, '103\n', 'by the yardstick of setyard');
  t.deepEqual(said[1], { json: { speed: 5000 }, text: '5000\n', exit: 0 });
});

test('whois names number, name and addresses; isup says yes or no, and so does its exit status', (t) => {
  t.is(nodeAnswer('whois', BUSY).text, '0x020f n1 10.0.2.15 10.0.3.15\n');
  t.deepEqual(nodeAnswer('isup', BUSY), { json: { up: true }, text: 'yes\n', exit: 0 });
  t.deepEqual(nodeAnswer('isup', node({ state: 'dead' })), { json: { up: false }, text: 'no\n', exit: 1 });
});

test('status says how a member is and whether it takes guests', (t) => {
  t.is(nodeAnswer('status', BUSY).text, 'n1: up, takes guests\n');
  t.is(nodeAnswer('status', node({ blocked: true, pressed: true })).text, 'n1: up, takes no guests, short of memory\n');
  t.is(nodeAnswer('status', node({ state: 'suspect' })).text, 'n1: up, but does not answer now\n');
  t.is(nodeAnswer('status', node({ state: 'dead', silentMs: 9000 })).text, 'n1: dead, silent 9 s\n');
});

test('a figure that is not known is an error that says why', (t) => {
  t.throws(() => nodeAnswer('getload', node({ state: 'dead' })), { code: 'PLUMP_REFUSED', message: 'n1 is dead' });
  t.throws(() => nodeAnswer('getfree', node({ load: 5 })), { code: 'PLUMP_REFUSED', message: /^n1 does not tell/ });
});
