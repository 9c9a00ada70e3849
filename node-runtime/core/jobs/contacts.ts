import type { Clock } from '../../base/clock.ts';
import type { NodeView } from '../../model/member.ts';

/** What a home knows of a member's life beside its answers. */
export type Fate = 'there' | 'rebooted' | 'left';

/** A member as it was when it was last seen: a machine that was started again has a new key, thus a new address. */
export interface SeenMember {
  readonly macs: readonly string[];
  readonly booted: number;
  readonly name: string;
  readonly left: boolean;
}

/** What outlives the agent, by overlay address: one that is started again has never seen a machine that is gone since. */
export interface MemberMemory {
  load(): ReadonlyMap<string, SeenMember>;
  keep(members: ReadonlyMap<string, SeenMember>): void;
}

const MOST_REMEMBERED = 4096;

/** When each member was last heard by this home, and whether it is still the machine it was. */
export class Contacts {
  readonly #clock: Clock;
  readonly #heard = new Map<string, number>();
  readonly #memory: MemberMemory;
  readonly #seen: Map<string, SeenMember>;
  #members: readonly NodeView[] = [];

  constructor(clock: Clock, memory: MemberMemory) {
    this.#clock = clock;
    this.#memory = memory;
    this.#seen = new Map(memory.load());
  }

  heard(member: string): void {
    this.#heard.set(member, this.#clock.now());
  }

  /** Since it last answered; counted from the first question for one never heard. */
  silentMs(member: string): number {
    const last = this.#heard.get(member);
    if (last !== undefined) return this.#clock.now() - last;
    this.heard(member);
    return 0;
  }

  /** The members as they are listed now. */
  see(members: readonly NodeView[]): void {
    this.#members = members;
    const news = members.filter((one) => (one.state === 'alive' || one.state === 'left') && this.#isNew(one));
    if (news.length === 0) return;
    for (const { overlay, macs, booted, name, state } of news) {
      // Last again: the first ones are forgotten.
      this.#seen.delete(overlay);
      this.#seen.set(overlay, { macs, booted, name, left: state === 'left' });
    }
    for (const overlay of [...this.#seen.keys()].slice(0, -MOST_REMEMBERED)) this.#seen.delete(overlay);
    this.#memory.keep(this.#seen);
  }

  members(): readonly NodeView[] {
    return this.#members;
  }

  name(member: string): string {
    return this.#seen.get(member)?.name ?? member;
  }

  fate(member: string): Fate {
    const listed = this.#members.find(({ overlay }) => overlay === member);
    if (listed?.state === 'alive') return 'there';
    const known = this.#seen.get(member);
    if (listed?.state === 'left' || (listed === undefined && known?.left === true)) return 'left';
    const successor = this.#members.some(
      (other) =>
        other.overlay !== member &&
        other.state === 'alive' &&
        known !== undefined &&
        other.booted > known.booted &&
        other.macs.some((mac) => known.macs.includes(mac)),
    );
    return successor ? 'rebooted' : 'there';
  }

  #isNew({ overlay, macs, booted, name, state }: NodeView): boolean {
    const known = this.#seen.get(overlay);
    const same = known?.booted === booted && known.name === name && known.left === (state === 'left');
    return !same || known.macs.join() !== macs.join();
  }
}
