import type {
  DumpRecord,
  GiveAway,
  Given,
  GuestExit,
  GuestRef,
  GuestView,
  ImageTarget,
  QuietRecord,
  Reservation,
  Started,
} from './guest.ts';
import type { HomeMount, JobSpec, JobTraits, JobUser, NfsAccess } from './job-spec.ts';

/**
 * What a member does as host, asked for by a job's home: implemented by services/guests on the member itself and by
 * client-side calls of the members' API for all others. Every operation may be repeated (the answer may have been lost):
 * done already means done. Refusals are PlumpError PLUMP_REFUSED with the reason; a host that does not answer is
 * PLUMP_UNREACHABLE, and then it is not known whether it was done. `move` names the move an operation on the source
 * belongs to: the generation of its target. No generation is used twice, so a late message of an aborted move is known
 * as such (core/jobs/guest-gate refuses it before the host sees it).
 */
export interface HostOps {
  /** Sets memory aside and makes the token known; given back by itself when nothing follows for some time. */
  reserve(ref: GuestRef, want: Reservation): Promise<void>;
  start(ref: GuestRef, spec: JobSpec, token: string): Promise<Started>;
  /** Why it cannot move, in the old words, looked at now; empty when it can. */
  cantmove(ref: GuestRef): Promise<readonly string[]>;
  /** f7 step 3: byte stream closed, network down; it still runs. */
  quiet(ref: GuestRef, move: number): Promise<QuietRecord>;
  /** Steps 4 and 5: the memory goes straight to the target. From its success on the guest stays stopped until home answers, however long. */
  dump(ref: GuestRef, to: ImageTarget): Promise<DumpRecord>;
  /** Step 6: all other images. */
  send(ref: GuestRef, to: ImageTarget): Promise<void>;
  /** Steps 7, 8: `queued` waits for its locks, `prepared` is whole, checked and stopped. */
  restore(ref: GuestRef, spec: JobSpec, token: string, record: DumpRecord): Promise<'queued' | 'prepared'>;
  /** Step 9, on the source. */
  unlock(ref: GuestRef, move: number): Promise<void>;
  /** Step 10: waits until a queued one is prepared. */
  prepared(ref: GuestRef): Promise<void>;
  /** Step 13: network up, runs. */
  go(ref: GuestRef): Promise<void>;
  /**
   * A3 to A5 on the source, from whatever point the move had reached (an operation of it that still runs is ended first):
   * locks taken again, sockets repaired, network up, runs. PLUMP_BUSY while somebody else holds one of its locks.
   */
  resume(ref: GuestRef, move: number): Promise<void>;
  /**
   * Kills this generation, waits until its cgroup is empty, removes everything of it (12, A1). May come at any time, while
   * another operation on it runs too: that one is rejected.
   */
  discard(ref: GuestRef): Promise<void>;
  /** Once for each token. PLUMP_BUSY while the guest is being moved: nothing but the move may let its tasks go on. */
  signal(ref: GuestRef, signal: number, token: string): Promise<void>;
  /** PLUMP_BUSY as for a signal. */
  nice(ref: GuestRef, nice: number): Promise<void>;
  /** What the balancer goes by has changed: the job was locked, masked … */
  steer(ref: GuestRef, traits: JobTraits): Promise<void>;
  /** What this host holds; over the API: of the asking home only. */
  list(): Promise<readonly GuestView[]>;
}

/** What a host has besides, for the other members: images that come in, first those of the memory, then the rest. */
export interface ImageReceiver {
  /** @param sender overlay address the images come from; must be the one of the reservation */
  receiveMemory(ref: GuestRef, sender: string, token: string, images: AsyncIterable<Uint8Array>): Promise<void>;
  receive(ref: GuestRef, sender: string, token: string, images: AsyncIterable<Uint8Array>): Promise<void>;
}

/** Which images. */
export type ImagePart = 'memory' | 'rest';

/** How a host sends images to another member: one stream. Rejects when the target refuses or is gone. */
export type SendImages = (
  ref: GuestRef,
  to: ImageTarget,
  part: ImagePart,
  images: AsyncIterable<Uint8Array>,
) => Promise<void>;

/** Where a job's packets go at home. */
export type RouteTarget = 'here' | 'nowhere' | { readonly member: string };

/** One port home listens on for a job. */
export interface PublishedPort {
  /** Dotted; missing: all addresses of home. */
  readonly address?: string;
  readonly port: number;
}

/** A mount of home that a job cannot follow, and why. */
export interface UnfollowedMount {
  readonly path: string;
  readonly reason: string;
}

/**
 * Home's own kernel side: exports, routes, ports. `member` is an overlay address; home itself is one of them (a job that
 * came back lives on the loopback mount). Every operation may be repeated.
 */
export interface HomeKernel {
  /** f7 step 1: this member may use home's files as this user. Also opens again what {@link hold} closed. */
  grant(member: string, user: JobUser): Promise<NfsAccess>;
  /** Closes the port without loss: whatever uses it blocks until the next grant. */
  hold(member: string, user: JobUser): Promise<void>;
  /** f7 §4: handles go stale, locks are freed, nothing can be written any more; the port is open so that tasks can die. */
  fence(member: string, user: JobUser): Promise<void>;
  /** f7 step 14: as fence, then the port closed. Only when none of the user's tasks is left on the member. */
  revoke(member: string, user: JobUser): Promise<void>;
  /** Packets of a job's address. */
  route(id: string, address: string, to: RouteTarget): Promise<void>;
  /** All ports home listens on for the job. */
  publish(id: string, address: string, ports: readonly PublishedPort[]): Promise<void>;
  /** The job is over: its route and ports go. */
  release(id: string, address: string): Promise<void>;
  homeMounts(): Promise<{ readonly followed: readonly HomeMount[]; readonly unfollowed: readonly UnfollowedMount[] }>;
}

/** What a host tells a job's home; the sender must be the job's host. */
export interface HomeOps {
  exited(ref: GuestRef, exit: GuestExit): Promise<void>;
  /** This member wants to be rid of its guest (expel, leaving): done when it is gone. Rejects with the reason. */
  takeAway(ref: GuestRef): Promise<void>;
  /** The balancer of this member found a better place for its guest. Home decides, moves it, and tells how it went. */
  giveAway(ref: GuestRef, place: GiveAway): Promise<Given>;
}
