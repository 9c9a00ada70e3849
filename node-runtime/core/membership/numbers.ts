import { isLinkLocal } from '../../model/ipv4.ts';
import type { MemberEntry } from '../../model/member.ts';

/** The number that goes with an address: its low 16 bits, as openMosix's autodiscovery had it. 0 where there is none. */
function numberOf(address: string): number {
  const [, , high = 0, low = 0] = address.split('.').map(Number);
  return (high << 8) | low;
}

/** The number a member goes by, and where it has it from. */
export interface NumberClaim {
  readonly number: number;
  readonly by: 'nothing' | 'link-local' | 'address' | 'map';
}

/** Before there is any address. */
export const NO_NUMBER: NumberClaim = { number: 0, by: 'nothing' };

/**
 * The number a member claims. A map file fixes it; else it comes from the first address and is kept, whatever happens to
 * the address, until reboot. Only one that a link-local address gave is replaced by the first lease's.
 * @param before what it goes by now
 */
export function claimNumber(
  before: NumberClaim,
  addresses: readonly string[],
  map: ReadonlyMap<string, number>,
): NumberClaim {
  if (addresses.length === 0) return before;
  const listed = addresses.map((address) => map.get(address)).find((number) => number !== undefined);
  if (listed !== undefined) return { number: listed, by: 'map' };
  if (before.by === 'address') return before;
  const real = addresses.find((address) => !isLinkLocal(address));
  if (real !== undefined) return { number: numberOf(real), by: 'address' };
  return before.by === 'link-local' ? before : { number: numberOf(addresses[0] ?? ''), by: 'link-local' };
}

type Claim = Pick<MemberEntry, 'id' | 'number' | 'booted' | 'mapped'>;

/** Of two members the one that came first: the older boot, then the smaller id. */
export function elder<T extends Pick<MemberEntry, 'id' | 'booted'>>(a: T, b: T): T {
  if (a.booted !== b.booted) return a.booted < b.booted ? a : b;
  return a.id < b.id ? a : b;
}

/**
 * The number this member should go by: its own, unless a map file gave it to another one, or an older boot claims it too;
 * then the next free one. A number from a map is never given up. 0 stands for "none yet" and is never taken.
 */
export function numberFor(self: Claim, others: Iterable<Claim>): number {
  if (self.number === 0 || self.mapped) return self.number;
  const taken = new Set<number>();
  let mine = true;
  for (const other of others) {
    taken.add(other.number);
    if (other.number === self.number && (other.mapped || elder(self, other) !== self)) mine = false;
  }
  if (mine) return self.number;
  for (let step = 1; step < 0xffff; step++) {
    const number = ((self.number - 1 + step) % 0xffff) + 1;
    if (!taken.has(number)) return number;
  }
  return self.number;
}
