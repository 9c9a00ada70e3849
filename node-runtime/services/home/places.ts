import type { Place } from '../../core/jobs/placement.ts';
import { criuTrouble } from '../../core/jobs/criu-trouble.ts';
import type { Job } from '../../core/jobs/job.ts';
import type { MemberLoad } from '../../model/guest.ts';
import type { NodeView } from '../../model/member.ts';

/** What the list of places is made from. */
export interface PlacesDeps {
  members(): readonly NodeView[];
  load(member: NodeView): Promise<MemberLoad>;
  jobs(): readonly Job[];
  now(): number;
}

/** An answer counts so long: starts in a row do not ask for each. */
const FRESH_MS = 1000;

/** Where jobs could be: every living member with its load, those that do not answer left out. */
export class Places {
  readonly #deps: PlacesDeps;
  #known: Promise<{ readonly at: number; readonly places: readonly Place[] }> | undefined;
  #asked = 0;

  constructor(deps: PlacesDeps) {
    this.#deps = deps;
  }

  async get(): Promise<readonly Place[]> {
    if (this.#known === undefined || this.#deps.now() - this.#asked > FRESH_MS) {
      this.#asked = this.#deps.now();
      this.#known = this.#ask();
    }
    const { places } = await this.#known;
    // What was placed since then is not in the answers yet.
    const fresh = this.#deps.jobs().filter((job) => job.state === 'starting');
    return places.map((place) => {
      const coming = fresh.filter(({ host, generation }) => host === place.overlay && generation > 0).length;
      return coming === 0 ? place : { ...place, runnable: place.runnable + coming };
    });
  }

  async #ask() {
    const living = this.#deps.members().filter(({ state }) => state === 'alive');
    const answers = await Promise.all(
      living.map(async (member): Promise<Place | undefined> => {
        const load = await this.#deps.load(member).catch(() => undefined);
        const { overlay, name, self, cpuFlags } = member;
        const immobile = criuTrouble(member.criu, member.kernel);
        return load && { overlay, name, self, cpuFlags, immobile, ...load, closed: load.closed };
      }),
    );
    return { at: this.#asked, places: answers.filter((place) => place !== undefined) };
  }
}
