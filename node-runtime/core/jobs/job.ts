import type { GuestRef } from '../../model/guest.ts';
import type { PublishedPort } from '../../model/guest-ops.ts';
import type { JobHint } from '../../model/job.ts';
import type { JobMask } from '../../model/job-mask.ts';
import type { JobSpec } from '../../model/job-spec.ts';

/** What the caller asked for besides the program. */
export interface Wish {
  /** Members by the words of the caller: names, numbers, addresses. */
  readonly where: 'best' | 'home' | readonly string[];
  /** Locked where it is. */
  readonly nomig: boolean;
  /** For the balancer; jobs of agents of earlier versions have none. */
  readonly hints?: readonly JobHint[];
  /** Members it may be on, home among them. */
  readonly mask?: JobMask;
  /** Memory it must find, 0 when nothing was said. */
  readonly memoryBytes: number;
  readonly lostTtlMs: number;
  readonly publish: readonly PublishedPort[];
}

/** The job's process at home. */
export interface Deputy {
  readonly pid: number;
  /** Start time as /proc/PID/stat has it: with the pid it is one process of this boot. */
  readonly start: string;
  readonly token: string;
}

/** A move on its way. `open`: nothing is decided; `decided`: the target owns the job and only has to be told to go. */
export interface Move {
  readonly phase: 'open' | 'decided';
  readonly to: string;
  readonly generation: number;
  readonly token: string;
}

/** A copy of the job that may still be somewhere and must not be: killed as soon as that member answers. */
export interface Owed {
  readonly member: string;
  readonly generation: number;
  /** It may be running there, not only stand still. */
  readonly runs: boolean;
}

/** A signal for a job that is being started or moved: given to it when it is in order on its host. */
export interface HeldSignal {
  readonly signal: number;
  /** By which a host knows it again, when it is asked twice. */
  readonly token: string;
}

/** How a job ended. */
export interface JobEnd {
  /** As a shell sees it; undefined until its deputy has told. */
  readonly status: number | undefined;
  /** Why PlumpOS ended it; empty when it ended by itself. */
  readonly text: string;
}

/** A job as its home knows it; everything here is in the journal. */
export interface Job {
  readonly id: string;
  readonly deputy: Deputy;
  readonly spec: JobSpec;
  wish: Wish;
  /** Why it stays at home for good (root's program, --net host …), or where it is (locked); empty when it may leave. */
  pinned: readonly string[];
  state: 'starting' | 'running' | 'ended';
  /** Overlay address of the member that owns the job. */
  host: string;
  generation: number;
  token: string;
  /** The highest generation ever given out: none is used twice. */
  lastGeneration: number;
  /** Still on home's own root: it was started here and never moved. */
  local: boolean;
  /** CPU features of every member it has run on, which it may have seen: it moves only where all of them are. */
  cpuFlags: readonly string[];
  /** Wall clock. */
  readonly startedAt: number;
  moves: number;
  move: Move | undefined;
  /** Number of the aborted move after which its host has not yet been told to let it go on. */
  resuming: number | undefined;
  owed: readonly Owed[];
  /** In the order of coming. */
  signals: readonly HeldSignal[];
  /** CPU time used on earlier hosts. */
  usedMs: number;
  end: JobEnd | undefined;
}

/** Does it run on its host, and is nothing being done with it? */
export function isInOrder({ state, move, resuming }: Job): boolean {
  return state === 'running' && move === undefined && resuming === undefined;
}

/** The life of the job that owns it now. */
export function currentRef(home: string, job: Job): GuestRef {
  return { home, id: job.id, generation: job.generation };
}

/** Any other life of it. */
export function refOf(home: string, job: Job, generation: number): GuestRef {
  return { home, id: job.id, generation };
}

/** The job's own address, or undefined for one in home's network. */
export function addressOf(job: Job): string | undefined {
  return job.spec.network === 'host' ? undefined : job.spec.network.address;
}
