import type { Clock } from '../../base/clock.ts';
import type { GuestView } from '../../model/guest.ts';
import type { HomeKernel, HostOps } from '../../model/guest-ops.ts';
import type { NodeView } from '../../model/member.ts';
import type { Access } from './access.ts';
import type { Contacts, MemberMemory } from './contacts.ts';
import type { JobTable, Journal } from './job-table.ts';
import type { Job } from './job.ts';
import type { Place } from './placement.ts';

/** The byte streams at home: where the relay finds each job's shim. */
export interface RelayTable {
  /** Deputies ask again until it is somewhere. */
  wait(job: Job): Promise<void>;
  /** It runs on its host. */
  connect(job: Job): Promise<void>;
  /** The deputy says the text, if any, and ends with the status. */
  over(job: Job, status: number, text: string): Promise<void>;
  /** The deputy is gone. */
  remove(job: Job): Promise<void>;
}

/** What of this home can be set (`plumpos ctl`). */
export interface HomeSettings {
  /** Jobs at once; more wait in the queue. */
  readonly jobs: number;
  /** Starts that wait at most. */
  readonly queue: number;
  readonly lostTtlMs: number;
  readonly orphanTtlMs: number;
  /** Moves in flight to or from one member. */
  readonly movesPerMember: number;
  /** Own jobs stay at home: lstay, or bring until nolstay. */
  readonly stayHome: boolean;
  /** Own jobs do not move by themselves, wherever they are: stay. */
  readonly stay: boolean;
}

/** A place the balancer found for a job that starts: a member, and the number under which it holds room. Home itself holds none. */
export interface HeldPlace {
  readonly member: string;
  readonly room: number | undefined;
}

/** This member's balancer, as its home needs it. Members go by their overlay addresses. */
export interface HomeBalance {
  /** Where a job should start; undefined: it knows nobody's load, and cannot say. */
  place(job: Job, memoryBytes: number): Promise<HeldPlace | undefined>;
  /** May a job go there? Not to a member that broke its word just now. */
  allows(member: string): boolean;
  /** CPUs that a member has for a job, by what it tells of its load; undefined: that is not known. */
  shareAt(member: string): number | undefined;
  /** A job got much less of it there: what that member promises is worth nothing for a good while. */
  starved(by: string): void;
}

/** What a home needs around it. Everything that touches the world comes through here. */
export interface HomeDeps {
  /** Overlay address of this member. */
  readonly self: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly kernel: HomeKernel;
  readonly journal: Journal;
  readonly memory: MemberMemory;
  readonly relay: RelayTable;
  host(member: string): HostOps;
  /** Everybody, this member too. */
  members(): readonly NodeView[];
  /** Every member jobs could be on, with its load now. */
  places(): Promise<readonly Place[]>;
  settings(): HomeSettings;
  /** Missing: places are chosen by what members answer, and no job moves by itself. */
  readonly balance?: HomeBalance;
  /** This home's number in the cluster, which tells the addresses of its jobs. */
  number(): number;
  /** 32 hexadecimal digits nobody can guess. */
  newToken(): string;
  event(type: string, text: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The parts of a home that work on the same jobs. */
export interface HomeContext extends HomeDeps {
  readonly table: JobTable;
  readonly access: Access;
  readonly contacts: Contacts;
  /** The job is in order on its host from now on: what the host says of it from here on counts. */
  settled(job: Job): void;
  /** The job as its host last told of it. */
  seen(job: Job): GuestView | undefined;
  /** Jobs for which a member was asked for room, and for nothing more yet: whatever becomes of it, nothing is lost. */
  readonly placing: Set<Job>;
  /** When jobs of ours moved last, by the clock. */
  readonly movedAt: WeakMap<Job, number>;
  /** Jobs nobody waits for any more: their deputies are gone. */
  readonly alone: WeakSet<Job>;
  /** The job has ended: another may take its place. */
  ended(job: Job): void;
  /** Ends loops when the agent stops. */
  readonly stop: AbortSignal;
}
