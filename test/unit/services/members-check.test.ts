import test from 'ava';
import type { MemberState, NodeView } from '#runtime/model/member.ts';
import { membersCheck } from '#runtime/services/members-check.ts';

const self = { self: true, state: 'alive', name: 'n1' };
const other = (name: string, state: MemberState, silentMs = 0) => ({
  self: false,
  name,
  state,
  silentMs,
  image: 'old',
});
const said = (...others: object[]) => {
  const { ok, text } = membersCheck([self, ...others] as NodeView[]);
  return `${ok ? 'ok' : 'NO'} ${text}`;
};

test('status says whether the other members answer, and which do not', (t) => {
  t.is(said(), 'ok no other member is known');
  t.is(said(other('n2', 'alive'), other('n3', 'alive')), 'ok 2 of 2 others answer');
  t.is(said(other('n2', 'alive'), other('n3', 'dead', 40_000)), 'ok 1 of 2 others answer, not n3 (silent 40 s)');
});

test('a member that was cut off says that nobody answers any more', (t) => {
  t.regex(
    said(other('n2', 'dead', 14_000), other('n3', 'suspect', 6000)),
    /^NO nobody answers any more, not n2 \(silent 14 s\), n3 \(silent 6 s\): this member is cut off/,
  );
});

test('who left in order is not missed', (t) => {
  t.is(said(other('n2', 'left', 9000)), 'ok no other member is known');
});

test('members of another version only: status says what to do', (t) => {
  t.regex(said(other('n2', 'incompatible')), /^NO .*n2 \(image old\): boot all from one medium/);
});
