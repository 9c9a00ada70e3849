import type { MemberEntry } from '../../model/member.ts';

/** The number that goes with an address: its low 16 bits, as openMosix's autodiscovery had it. 0 where there is none. */
export function numberOf(address: string | undefined): number {
  const [, , high = 0, low = 0] = address?.split('.').map(Number) ?? [];
  return (high << 8) | low;
}

type Claim = Pick<MemberEntry, 'id' | 'number' | 'booted'>;

/** Of two members the one that may keep what both claim: the older boot, then the smaller id. */
export function elder<T extends Pick<MemberEntry, 'id' | 'booted'>>(a: T, b: T): T {
  if (a.booted !== b.booted) return a.booted < b.booted ? a : b;
  return a.id < b.id ? a : b;
}

/**
 * The number this member should go by: its own, unless an older boot claims it too; then the next free one.
 * 0 stands for "none yet" and is never taken (openMosix autodiscovery: low 16 bits of the address).
 */
export function numberFor(self: Claim, others: Iterable<Claim>): number {
  if (self.number === 0) return 0;
  const taken = new Set<number>();
  let mine = true;
  for (const other of others) {
    taken.add(other.number);
    if (other.number === self.number && elder(self, other) !== self) mine = false;
  }
  if (mine) return self.number;
  for (let step = 1; step < 0xffff; step++) {
    const number = ((self.number - 1 + step) % 0xffff) + 1;
    if (!taken.has(number)) return number;
  }
  return self.number;
}
