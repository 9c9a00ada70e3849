import os from 'node:os';
import { sleep } from '#runtime/base/clock.ts';
import type { GuestRef } from '#runtime/model/guest.ts';
import type { MemoryGuest, MemoryHost } from './memory-host.ts';
import type { MoveRoom } from './move-room.ts';
import type { RoomMember } from './room-member.ts';

const { SIGKILL } = os.constants.signals;

/** What hosts see to by themselves: guests that have ended, and those nobody wants any more (services/guests/watch-guests.ts). */
export class HostLife {
  /** Jobs whose program has nothing more to do. */
  readonly finished = new Set<string>();
  readonly #room: MoveRoom;
  /** When each host last heard the present home. */
  readonly #heardHome = new Map<MemoryHost, number>();

  constructor(room: MoveRoom) {
    this.#room = room;
  }

  look(): void {
    for (const member of this.#room.members.values()) if (member.power && member.agent) void this.#tidy(member);
  }

  async #tidy({ host }: RoomMember): Promise<void> {
    for (const guest of host.guests.values()) this.#endIfFinished(host, guest);
    if (host === this.#home.host || this.#room.reaches('home', host.name))
      this.#heardHome.set(host, this.#room.clock.now());
    for (const ref of await host.tidy((home) => this.#silentMs(host, home))) void this.#tellEnd(host, ref);
  }

  /** As long as nobody told otherwise, a home that left or was booted again is one that is silent. */
  #silentMs(host: MemoryHost, home: string): number {
    if (home === host.overlay) return 0;
    const { left } = this.#home;
    const silent = this.#room.clock.now() - (this.#heardHome.get(host) ?? 0);
    const told = silent === 0 || (left && this.#connected(host.name));
    return told && (left || home !== this.#room.homeAddress) ? Infinity : silent;
  }

  get #home(): RoomMember {
    return this.#room.member('home');
  }

  #endIfFinished(host: MemoryHost, guest: MemoryGuest): void {
    const deputy = this.#room.deputies.all.get(guest.ref.id);
    const heard = deputy?.alive === true && deputy.stream === host.overlay && this.#connected(host.name);
    if (guest.state === 'over' && guest.heard.includes(SIGKILL)) this.#room.deputies.hear(guest.ref.id, 128 + SIGKILL);
    if (!this.finished.has(guest.ref.id) || guest.state !== 'running' || !heard) return;
    Object.assign(guest, { runs: false, state: 'over' });
    deputy.alive = false;
  }

  /** The relays need no agents. */
  #connected(name: string): boolean {
    return name === 'home' || !this.#room.cuts.has(['home', name].toSorted().join(' '));
  }

  async #tellEnd(host: MemoryHost, ref: GuestRef): Promise<void> {
    const tell = () => this.#room.homeFor(host).exited(ref, {});
    await tell().catch(() =>
      sleep(this.#room.clock, 2000)
        .then(tell)
        .catch(() => {}),
    );
  }
}
