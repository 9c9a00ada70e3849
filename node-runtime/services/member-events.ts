import type { MembershipEvent } from '../core/membership/membership-event.ts';
import type { EventRing } from './events.ts';

/** Publishes what membership saw, in sentences. */
export function publishMemberEvent(events: EventRing, event: MembershipEvent): void {
  // Every lease that is renewed elsewhere would be a line here.
  if (event.type === 'changed') return;
  const { id, name, number } = event.entry;
  events.publish(`member.${event.type}`, sentence(event), { id, name, number, ...extra(event) });
}

function sentence(event: Exclude<MembershipEvent, { type: 'changed' }>): string {
  const { name, image, protocol } = event.entry;
  const who = name || 'a member';
  switch (event.type) {
    case 'joined':
      return `${who} is in the cluster`;
    case 'back':
      return `${who} is back`;
    case 'suspect':
      return `${who} does not answer`;
    case 'dead':
      return `${who} is dead: nobody reaches it`;
    case 'left':
      return `${who} left the cluster`;
    case 'incompatible':
      return `${who} speaks protocol ${protocol} (image ${image || 'unknown'}): it cannot be used`;
    case 'replaced':
      return `${who} was started again: its earlier entry is gone`;
    case 'refuted':
      return 'others doubted this member; it told them that it lives';
    case 'number':
      return `the number ${event.before} belongs to an older boot; this member is number ${event.entry.number} now`;
    case 'twice':
      return `${who} and ${event.other.name} both have the ${event.what === 'mac' ? 'MAC' : 'address'} ${event.value}`;
  }
}

function extra(event: MembershipEvent): Record<string, unknown> {
  if (event.type === 'twice') return { what: event.what, value: event.value, other: event.other.id };
  return event.type === 'number' ? { before: event.before } : {};
}
