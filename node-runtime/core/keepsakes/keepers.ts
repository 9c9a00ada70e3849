import { createHash } from 'node:crypto';
import type { NodeView } from '../../model/member.ts';

/** Heads, and nodes, that keep something for a machine. In a room of so many all do. */
const MOST_EACH = 8;

type Member = Pick<NodeView, 'overlay' | 'kind' | 'macs' | 'state' | 'self'>;

/**
 * Members that keep the settings of the machine with that MAC address. They are the same ones after any of them was booted again
 * (rendezvous hashing: Thaler and Ravishankar 1998), because they go by their own MAC addresses. Heads, which have disks, come first.
 */
export function keepersOf<T extends Member>(mac: string, members: readonly T[]): T[] {
  const others = members.filter(({ state, self }) => state === 'alive' && !self);
  const some = (kind: T['kind']) => {
    const all = others.filter((one) => one.kind === kind);
    // Asked every other second: where all of them keep it, none need be ranked.
    return all.length <= MOST_EACH ? all : firstRanked(mac, all);
  };
  return [...some('head'), ...some('node')];
}

function firstRanked<T extends Member>(mac: string, members: readonly T[]): T[] {
  const ranked = members.map((one) => ({ one, rank: rankOf(mac, one) }));
  const sorted = ranked.toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  return sorted.slice(0, MOST_EACH).map(({ one }) => one);
}

function rankOf(mac: string, { macs, overlay }: Member): string {
  return createHash('sha256')
    .update(`${mac} ${macs[0] ?? overlay}`)
    .digest('hex');
}
