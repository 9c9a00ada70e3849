import type { Handle } from '../../model/load-message.ts';
import type { Strain } from './slowness.ts';
import { slowness } from './slowness.ts';

/** Room that another member holds for jobs of this one. */
export interface Grant {
  readonly member: Handle;
  readonly seq: number;
  jobs: number;
  /** Most a job there may use and need. */
  readonly weight: number;
  readonly memoryMB: number;
  readonly until: number;
  /** For jobs whose home it is, and no others: it takes no guests. */
  readonly ownOnly: boolean;
  /** How strained it said it is, without those jobs. */
  there: Strain;
}

/** Grants not used yet, best first: where a job is slowed down least. */
export class Grants {
  #list: Grant[] = [];

  get jobs(): number {
    return this.#list.reduce((sum, grant) => sum + grant.jobs, 0);
  }

  add(grant: Grant): void {
    this.#list.push(grant);
    this.#list.sort((a, b) => after(a) - after(b));
  }

  /** Those not expired, in order. */
  usable(now: number): readonly Grant[] {
    this.#list = this.#list.filter((grant) => grant.jobs > 0 && grant.until > now);
    return this.#list;
  }

  /** One job goes there; what remains is ranked anew. */
  use(grant: Grant, weight: number): void {
    grant.jobs--;
    grant.there = { ...grant.there, work: grant.there.work + weight };
  }

  /** Takes those out of hand that are about to be void; with `Infinity` all. */
  takeLapsed(now: number): readonly Grant[] {
    const lapsed = this.#list.filter((grant) => grant.jobs > 0 && grant.until <= now);
    this.#list = this.#list.filter((grant) => grant.until > now);
    return lapsed;
  }

  forget(member: Handle): void {
    this.#list = this.#list.filter((grant) => grant.member !== member);
  }
}

function after({ there, weight }: Grant): number {
  return slowness(there.work + weight, there.cpus, there.speed);
}
