import type { GuestRef } from '#runtime/model/guest.ts';
import type { MemoryHost } from './memory-host.ts';
import { RememberedMembers } from './remembered-members.ts';

/** The files of home as jobs use them: each job counts up in one of its own, and may hold a lock. */
export class HomeFiles {
  /** What each job wrote, in order. */
  readonly #written = new Map<string, number[]>();
  /** What must never happen, and did. */
  readonly wrong: string[] = [];
  /** What its agents know of members, in a file. */
  readonly memory = new RememberedMembers();
  readonly #begun = new Set<string>();
  readonly #lockedBy = new Map<string, string>();
  readonly #over: (id: string) => boolean;

  /** @param over was the deputy of this job told that it is over? */
  constructor(over: (id: string) => boolean) {
    this.#over = over;
  }

  written(id: string): readonly number[] {
    return this.#written.get(id) ?? [];
  }

  /** A program begins, from its first line. */
  begin(id: string): void {
    if (this.#begun.has(id)) this.wrong.push('started twice');
    this.#begun.add(id);
  }

  /** A program that runs twice, or goes on from an old image, writes a number that does not follow. */
  write(id: string, value: number): void {
    const file = this.#written.get(id) ?? [];
    if (this.#over(id)) this.wrong.push('written after its end was told');
    const last = file.at(-1) ?? 0;
    if (value !== last + 1) this.wrong.push(`${value} was written after ${last}`);
    file.push(value);
    this.#written.set(id, file);
  }

  /** False while another copy has it. */
  lock(member: string, ref: GuestRef): boolean {
    const owner = this.#lockedBy.get(ref.id);
    const claim = `${member} ${ref.generation}`;
    if (owner !== undefined && owner !== claim) return false;
    this.#lockedBy.set(ref.id, claim);
    return true;
  }

  unlock(member: string, ref: GuestRef): void {
    if (this.#lockedBy.get(ref.id) === `${member} ${ref.generation}`) this.#lockedBy.delete(ref.id);
  }

  /** The NFS state of a member goes; on home's own root a lock is none of NFS. */
  expire(host: MemoryHost | undefined): void {
    const guests = [...(host?.guests.values() ?? [])];
    for (const [id, owner] of this.#lockedBy) {
      const local = guests.some(({ ref, spec }) => ref.id === id && spec !== undefined && spec.nfs === undefined);
      if (owner.startsWith(`${host?.overlay} `) && !local) this.#lockedBy.delete(id);
    }
  }

  reboot(): void {
    this.#lockedBy.clear();
  }

  /** Who holds locks, as `member generation`. */
  lockedBy(): readonly string[] {
    return [...this.#lockedBy.values()];
  }
}
