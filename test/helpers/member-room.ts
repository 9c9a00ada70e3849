import type { Clock } from '#runtime/base/clock.ts';
import { Membership } from '#runtime/core/membership/membership.ts';
import type { MembershipEvent } from '#runtime/core/membership/membership-event.ts';
import { LAN, type Settings } from '#runtime/core/membership/settings.ts';
import type { Message, Update } from '#runtime/model/gossip-message.ts';
import { type MemberEntry, type MemberState, PROTOCOL } from '#runtime/model/member.ts';
import { seededRandom } from '#runtime/base/seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

/** An entry of a made-up member. */
export function memberEntry(index: number, patch: Partial<MemberEntry> = {}): MemberEntry {
  return {
    id: Buffer.from(`member ${index}`.padEnd(32)).toString('base64'),
    number: index + 1,
    mapped: false,
    name: `m${index}`,
    endpoints: [{ address: `10.0.${index >> 8}.${index & 255}`, port: 51820, prefix: 16 }],
    overlay: `fd00::${(index + 1).toString(16)}`,
    incarnation: 1,
    version: 1,
    protocol: PROTOCOL,
    booted: 1_700_000_000 + index,
    kind: 'node',
    role: 'adaptive',
    image: '0123456789abcdef',
    kernel: '6.1.0-40-amd64',
    criu: '3.17.1',
    cpuFlags: ['sse2'],
    cpus: 1,
    memoryMB: 512,
    macs: [`52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`],
    ...patch,
  };
}

/** One simulated member. */
export interface Simulated {
  readonly entry: MemberEntry;
  readonly membership: Membership;
  readonly events: MembershipEvent[];
  /** Delays in milliseconds its timers and datagrams wait for while it is starved; 0 when well. */
  stall: () => number;
  /** Power: off means that neither timers nor datagrams reach it. */
  on: boolean;
}

/** What fits beside a message in a real datagram: some 6 entries or 16 updates without one. */
const DATAGRAM_BYTES = 1150;
const updateBytes = (update: Update) => (update.entry === undefined ? 70 : 185);

/** Members on a network in memory with loss, delay, partitions and slow members; everything from one seed. */
export class MemberRoom {
  readonly clock = new VirtualClock();
  readonly random: () => number;
  readonly members: Simulated[] = [];
  readonly settings: Settings;
  /** Share of datagrams lost. */
  loss = 0;
  datagrams = 0;
  /** Can a datagram pass? */
  passes: (from: Simulated, to: Simulated) => boolean = () => true;
  readonly #byOverlay = new Map<string, Simulated>();

  constructor(seed: number, settings: Partial<Settings> = {}) {
    this.random = seededRandom(seed);
    this.settings = { ...LAN, ...settings };
  }

  add(entry: MemberEntry): Simulated {
    const events: MembershipEvent[] = [];
    const transport = {
      send: (to: string, message: Message, offered: readonly Update[]) => this.#send(member, to, message, offered),
    };
    const clock = this.#clockOf(() => member);
    const { random, settings } = this;
    const event = (one: MembershipEvent) => void events.push(one);
    const membership = new Membership({ clock, random, transport, settings, self: entry, event, reached: () => {} });
    const member: Simulated = { entry, membership, events, stall: () => 0, on: true };
    this.members.push(member);
    this.#byOverlay.set(entry.overlay, member);
    membership.start();
    return member;
  }

  /** `count` members, each of which discovers its neighbours. */
  fill(count: number, hints = 3): void {
    for (let i = 0; i < count; i++) this.add(memberEntry(i));
    for (let i = 0; i < count; i++)
      for (let step = 1; step <= hints; step++) this.introduce(this.at(i), this.at((i + step) % count));
  }

  at(index: number): Simulated {
    return this.members[index] as Simulated;
  }

  /** Discovery shows `other` to `member`. */
  introduce(member: Simulated, other: Simulated): void {
    member.membership.meet({ id: other.entry.id, overlay: other.entry.overlay });
  }

  /** How `member` sees `other`. */
  sees(member: Simulated, other: Simulated): MemberState | undefined {
    return member.membership.views().find((view) => view.id === other.entry.id)?.state;
  }

  /** Do all of these see all of those as `state`? */
  allSee(state: MemberState | undefined, these = this.running(), those: readonly Simulated[] = these): boolean {
    const ids = those.map((member) => member.entry.id);
    return these.every((member) => {
      const states = new Map(member.membership.views().map((view) => [view.id, view.state]));
      return ids.every((id) => id === member.entry.id || states.get(id) === state);
    });
  }

  running(): Simulated[] {
    return this.members.filter((member) => member.on);
  }

  /** Passes periods until `goal`; returns how many it took, or throws after `most`. */
  until(goal: () => boolean, most: number): number {
    for (let periods = 0; periods <= most; periods++) {
      if (goal()) return periods;
      this.clock.pass(this.settings.periodMs);
    }
    throw new Error(`not reached in ${most} periods`);
  }

  /** Who ever called a member dead that was on. */
  wronglyDead(innocent = this.running()): string[] {
    const ids = new Set(innocent.map((member) => member.entry.id));
    return this.running().flatMap((member) =>
      member.events.flatMap((event) =>
        event.type === 'dead' && ids.has(event.entry.id) ? [`${member.entry.name} buried ${event.entry.name}`] : [],
      ),
    );
  }

  #send(from: Simulated, to: string, message: Message, offered: readonly Update[]): number {
    let room = DATAGRAM_BYTES;
    const full = offered.findIndex((update) => (room -= updateBytes(update)) < 0);
    const sent = full < 0 ? offered : offered.slice(0, full);
    const target = this.#byOverlay.get(to);
    this.datagrams++;
    if (target === undefined || !from.on || this.random() < this.loss) return sent.length;
    this.clock.after(0.2 + this.random(), () => {
      if (!target.on || !this.passes(from, target)) return;
      this.clock.after(target.stall(), () => {
        if (target.on) target.membership.receive(from.entry.overlay, message, sent);
      });
    });
    return sent.length;
  }

  #clockOf(member: () => Simulated): Clock {
    return {
      now: () => this.clock.now(),
      wall: () => this.clock.wall(),
      after: (ms, action) => {
        let inner = this.clock.after(ms, () => {
          // Node.js runs timers before it reads sockets: after a stall the timer comes first.
          inner = this.clock.after(Math.max(0, member().stall() - 0.001), () => {
            if (member().on) action();
          });
        });
        return { [Symbol.dispose]: () => inner[Symbol.dispose]() };
      },
    };
  }
}
