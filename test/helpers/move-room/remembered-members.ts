import type { MemberMemory, SeenMember } from '#runtime/core/jobs/contacts.ts';

/** What agents of a home hand on to each other, in memory. */
export class RememberedMembers implements MemberMemory {
  writes = 0;
  #members: ReadonlyMap<string, SeenMember> = new Map();

  load(): ReadonlyMap<string, SeenMember> {
    return this.#members;
  }

  keep(members: ReadonlyMap<string, SeenMember>): void {
    this.writes++;
    this.#members = new Map(members);
  }
}
