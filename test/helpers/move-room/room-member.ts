import type { GuestGate } from '#runtime/core/jobs/guest-gate.ts';
import type { Place } from '#runtime/core/jobs/placement.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { memberEntry } from '../member-room.ts';
import type { MemoryHost } from './memory-host.ts';

/** A member of the room. */
export interface RoomMember {
  readonly host: MemoryHost;
  power: boolean;
  /** Its agent runs. */
  agent: boolean;
  /** It takes no guests any more. */
  leaving: boolean;
  left: boolean;
  /** The others are not sure that it lives. */
  doubted: boolean;
  gate: GuestGate;
  /** Features of its CPU, where those are not the usual. */
  cpuFlags?: readonly string[];
  /** What it tells of itself as a place for jobs, where that is not the usual. */
  place: Partial<Place>;
}

/** The members as gossip lists them. */
export function viewsOf(members: readonly RoomMember[], homeAddress: string): NodeView[] {
  return members.map(({ host, power, agent, left, doubted, cpuFlags }, index) => ({
    ...memberEntry(index),
    ...(cpuFlags === undefined ? {} : { cpuFlags }),
    name: host.name,
    overlay: host.overlay,
    macs: [host.name],
    booted: 1_700_000_000 + index,
    state: left ? 'left' : doubted ? 'suspect' : power && agent ? 'alive' : 'dead',
    addresses: [],
    self: host.overlay === homeAddress,
    silentMs: 0,
  }));
}

/** The members as places for jobs: those that answer. */
export function placesOf(members: readonly RoomMember[], homeAddress: string): Place[] {
  return members
    .filter(({ power, left, doubted }) => power && !left && !doubted)
    .map(({ host, leaving, place, cpuFlags = ['sse2'] }) => ({
      overlay: host.overlay,
      name: host.name,
      self: host.overlay === homeAddress,
      closed: leaving ? 'leaves the cluster' : undefined,
      runnable: host.guests.size,
      cpus: 1,
      freeBytes: 2 ** 30,
      cpuFlags,
      immobile: undefined,
      ...place,
    }));
}
