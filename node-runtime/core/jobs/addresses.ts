import { PlumpError } from '../../base/errors.ts';
import { addressOf, type Job } from './job.ts';

/** Last octets that are no network's or broadcast's. */
const MOST = 254;

/** Gives each job an IPv4 address of this home, 198.18.SLOT.N (a range for benchmarks: on no LAN); one that was just free comes last. */
export class Addresses {
  #last = 0;

  /** @param jobs all that are known: an ended one keeps its address while a copy may be somewhere */
  next(jobs: readonly Job[], slot: number): string {
    const taken = new Set(jobs.map(addressOf));
    for (let step = 1; step <= MOST; step++) {
      const host = ((this.#last + step - 1) % MOST) + 1;
      const address = `198.18.${slot}.${host}`;
      if (taken.has(address)) continue;
      this.#last = host;
      return address;
    }
    throw new PlumpError('PLUMP_BUSY', `all ${MOST} addresses of this home's jobs are taken`);
  }
}
