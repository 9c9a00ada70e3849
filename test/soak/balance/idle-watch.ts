/** Jobs that compute, on one member. */
export interface Busy {
  readonly cpus: number;
  /** Those that run, and those that are on their way from it. */
  readonly running: number;
  readonly leaving: number;
}

/** How long a member had nothing to do while another one had two jobs for each of its CPUs. */
export class IdleWatch {
  readonly #since = new Map<string, number>();
  /** The longest of all, and whose it was. Between two looks nothing is known, so it may have been longer by those. */
  longest: { readonly member: string; readonly seconds: number } = { member: '', seconds: 0 };

  /** What was seen at a time (s). */
  see(at: number, members: ReadonlyMap<string, Busy>): void {
    const isCrowded = [...members.values()].some(({ cpus, running }) => running >= 2 * cpus);
    for (const [member, { running, leaving }] of members) {
      if (!isCrowded || running + leaving > 0) {
        this.#since.delete(member);
        continue;
      }
      const since = this.#since.get(member) ?? at;
      this.#since.set(member, since);
      if (at - since > this.longest.seconds) this.longest = { member, seconds: at - since };
    }
  }
}
