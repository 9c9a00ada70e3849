import test from 'ava';
import { Contacts, type MemberMemory } from '#runtime/core/jobs/contacts.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { RememberedMembers } from '../../../helpers/move-room/remembered-members.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

function view(overlay: string, booted: number, state: NodeView['state'] = 'alive'): NodeView {
  return { name: 'n1', overlay, macs: ['52:54:00:00:00:01'], booted, state } as unknown as NodeView;
}

const contacts = (memory: MemberMemory) => new Contacts(new VirtualClock(), memory);

test('a machine that was started again is known by its cards, also to an agent that never saw it before', (t) => {
  const memory = new RememberedMembers();
  contacts(memory).see([view('old', 1)]);
  const later = contacts(memory);
  t.is(later.fate('old'), 'there', 'as long as nobody else has its cards');
  later.see([view('new', 2)]);
  t.is(later.fate('old'), 'rebooted');
  t.is(later.fate('new'), 'there');
  t.is(later.name('old'), 'n1');
});

test('one that left is known to have left, until it is back', (t) => {
  const memory = new RememberedMembers();
  contacts(memory).see([view('one', 1, 'left')]);
  const later = contacts(memory);
  t.is(later.fate('one'), 'left');
  later.see([view('one', 1)]);
  t.is(later.fate('one'), 'there');
});

test('what is known already is not kept again', (t) => {
  const memory = new RememberedMembers();
  const all = contacts(memory);
  for (let i = 0; i < 3; i++) all.see([view('one', 1)]);
  t.is(memory.writes, 1);
});
