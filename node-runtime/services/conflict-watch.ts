import type { Clock } from '../base/clock.ts';
import { ARP, arpAnnouncement, arpUses } from '../network/dhcp/arp.ts';
import { claimsOfOthers } from '../system/arp-filter.ts';
import { openPacketSocket, type PacketSocket } from '../system/packet-socket.ts';

const LOOK_MS = 2000;
/** A second claim so soon after our defence is one too many (RFC 5227 §2.4, DEFEND_INTERVAL). */
const DEFEND_MS = 10_000;
/** Claims read at a look; a flood of them says no more than these. */
const MOST_READ = 32;

/** Where somebody else may claim our address. */
export interface ConflictPlace {
  readonly nic: string;
  readonly mac: string;
  readonly address: string;
}

/**
 * Watches whether somebody else uses our address. One claim is answered with ours, so that a single forged packet takes
 * nothing away; who goes on claiming it has it, for an address two have is of use to neither (RFC 5227 §2.4 b).
 */
export class ConflictWatch implements Disposable {
  readonly #place: ConflictPlace;
  readonly #clock: Clock;
  readonly #lost: () => void;
  readonly #socket: PacketSocket;
  #timer: Disposable;
  #defended = Number.NEGATIVE_INFINITY;

  /** Says first that the address is ours. @throws PlumpError PLUMP_SYSTEM when the NIC is gone */
  constructor(place: ConflictPlace, clock: Clock, lost: () => void) {
    this.#place = place;
    this.#clock = clock;
    this.#lost = lost;
    this.#socket = openPacketSocket(place.nic, ARP, claimsOfOthers(place));
    this.#timer = this.#later();
    this.#announce();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }

  #later(): Disposable {
    return this.#clock.after(LOOK_MS, () => {
      this.#timer = this.#later();
      if (this.#isClaimed()) this.#claimed();
    });
  }

  #isClaimed(): boolean {
    const { mac, address } = this.#place;
    for (let i = 0; i < MOST_READ; i++) {
      const packet = this.#socket.receive();
      if (!packet) return false;
      if (arpUses(packet, mac, address)) return true;
    }
    return false;
  }

  #claimed(): void {
    const now = this.#clock.now();
    if (now - this.#defended < DEFEND_MS) return this.#lost();
    this.#defended = now;
    this.#announce();
  }

  #announce(): void {
    const { mac, address } = this.#place;
    try {
      this.#socket.broadcast(arpAnnouncement(mac, address));
    } catch {
      // A NIC that has just gone, or whose queue is full: the next claim is answered.
    }
  }
}
