import type { Clock } from '../../base/clock.ts';
import type { NodeView } from '../../model/member.ts';

/** What a home knows of a member's life beside its answers. */
export type Fate = 'there' | 'rebooted' | 'left';

/** When each member was last heard by this home, and whether it is still the machine it was. */
export class Contacts {
  readonly #clock: Clock;
  readonly #heard = new Map<string, number>();
  /** MAC addresses under each overlay address ever seen: a rebooted machine has a new key, thus a new address. */
  readonly #macs = new Map<string, { macs: readonly string[]; booted: number; name: string }>();
  #members: readonly NodeView[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
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
    for (const { overlay, macs, booted, name, state } of members)
      if (state === 'alive') this.#macs.set(overlay, { macs, booted, name });
  }

  members(): readonly NodeView[] {
    return this.#members;
  }

  name(member: string): string {
    return this.#macs.get(member)?.name ?? member;
  }

  fate(member: string): Fate {
    const listed = this.#members.find(({ overlay }) => overlay === member);
    if (listed?.state === 'alive') return 'there';
    if (listed?.state === 'left') return 'left';
    const known = this.#macs.get(member);
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
}
