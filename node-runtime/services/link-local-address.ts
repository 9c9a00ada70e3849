import type { Clock } from '../base/clock.ts';
import { linkLocalCandidate } from '../core/dhcp/link-local.ts';
import type { Link } from '../system/links.ts';
import { addressInUse } from './address-probe.ts';

const MOST_TRIES = 10;

/** A link-local address nobody else has (RFC 3927), the same each time where possible; undefined when all tried are taken. */
export async function freeLinkLocal({ name, mac }: Link, clock: Clock): Promise<string | undefined> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const address = linkLocalCandidate(mac, attempt);
    const taken = await addressInUse(name, mac, address, clock).catch(() => true);
    if (!taken) return address;
  }
  return undefined;
}
