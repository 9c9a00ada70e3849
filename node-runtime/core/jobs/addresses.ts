import { PlumpError } from '../../base/errors.ts';
import { addressOf, type Job } from './job.ts';

/** Last octets that are no network's or broadcast's. */
const MOST = 254;

/** Networks of the range: 198.18.0.0/15 (RFC 2544, for benchmarks: on no LAN) in parts of 256 addresses. */
const SLOTS = 512;

/**
 * Gives each job an IPv4 address of this home, out of the one of 512 networks that its number in the cluster tells; one that was
 * just free comes last.
 */
export class Addresses {
  #last = 0;

  /**
   * @param jobs all that are known: an ended one keeps its address while a copy may be somewhere
   * @param home number of the home in its cluster
   */
  next(jobs: readonly Job[], home: number): string {
    const slot = home % SLOTS;
    const taken = new Set(jobs.map(addressOf));
    for (let step = 1; step <= MOST; step++) {
      const host = ((this.#last + step - 1) % MOST) + 1;
      const address = `198.${18 + (slot >> 8)}.${slot & 255}.${host}`;
      if (taken.has(address)) continue;
      this.#last = host;
      return address;
    }
    throw new PlumpError('PLUMP_BUSY', `all ${MOST} addresses of this home's jobs are taken`);
  }
}

/** Whether two guests would have one address on their host: homes whose numbers are 512 apart give out the same ones. */
export function sharesAddress(one: Claim, others: Iterable<Claim>): boolean {
  if (one.address === undefined) return false;
  for (const other of others) if (other.home !== one.home && other.address === one.address) return true;
  return false;
}

/** Whose guest has which address; none: its home's network. */
export interface Claim {
  readonly home: string;
  readonly address: string | undefined;
}
